"""Fields of the registration itself: identity, standing, districts, residence."""

from functools import partial

from states.fields.codes import PARTIES, PARTY_BASES, STATUSES
from states.fields.definition import EXACT, Facet, Field, Group, Kind, declare

_text = partial(declare, Group.REGISTRATION, Kind.TEXT)
_code = partial(declare, Group.REGISTRATION, Kind.CODE)
_date = partial(declare, Group.REGISTRATION, Kind.DATE)
_integer = partial(declare, Group.REGISTRATION, Kind.INTEGER)

IDENTITY: tuple[Field, ...] = (
    _text(
        "state_voter_id",
        "State voter ID",
        "The state's own identifier, text, zeros kept.",
        operators=EXACT,
        identifying=True,
    ),
    _text(
        "county_voter_id",
        "County voter ID",
        "The county's identifier; unique inside its county only.",
        operators=EXACT,
        identifying=True,
    ),
    _text("first_name", "First name", "Given name.", identifying=True),
    _text("middle_name", "Middle name", "Middle name or initial.", identifying=True),
    _text("last_name", "Last name", "Family name.", identifying=True),
    _text(
        "name_suffix",
        "Suffix",
        "JR, SR, II and the like.",
        operators=EXACT,
        identifying=True,
    ),
)

STANDING: tuple[Field, ...] = (
    _code(
        "status",
        "Status",
        "Registration status, comparable between states.",
        values=STATUSES,
        facet=Facet.VALUE,
    ),
    _code("status_raw", "Status code", "Registration status as the state codes it."),
    _date(
        "registration_date",
        "Registered on",
        "Day of registration; null where the state has a placeholder.",
        facet=Facet.ORDERED,
    ),
    _code(
        "party",
        "Party",
        "D, R, L, G, C, N (in no party) or O (another); read with its basis.",
        values=PARTIES,
        facet=Facet.VALUE,
    ),
    _code("party_raw", "Party code", "Party as the state codes it."),
    _code(
        "party_basis",
        "Party basis",
        "Whether the party is registered or the last primary ballot taken.",
        values=PARTY_BASES,
        facet=Facet.VALUE,
    ),
)

GEOGRAPHY: tuple[Field, ...] = (
    _integer(
        "county",
        "County",
        "Five-digit FIPS county code, as an integer (39049 is Franklin, Ohio).",
        operators=EXACT,
        facet=Facet.VALUE,
    ),
    _code(
        "precinct_code",
        "Precinct code",
        "Precinct as its county codes it; unique inside its county only.",
        facet=Facet.VALUE,
    ),
    _text("precinct_name", "Precinct", "Name of the precinct."),
    _text(
        "municipality",
        "Municipality",
        "City, village or township of residence, as the state names it.",
        facet=Facet.VALUE,
    ),
    _code("ward", "Ward", "Ward or city council district.", facet=Facet.VALUE),
    _text(
        "school_district",
        "School district",
        "School district or school board area.",
        facet=Facet.VALUE,
    ),
    _code(
        "us_house_district",
        "U.S. House district",
        "Number without leading zeros; AL where the state elects at large.",
        facet=Facet.VALUE,
    ),
    _code(
        "state_senate_district",
        "State senate district",
        "Number without leading zeros.",
        facet=Facet.VALUE,
    ),
    _code(
        "state_house_district",
        "State house district",
        "Number without leading zeros.",
        facet=Facet.VALUE,
    ),
)

RESIDENCE: tuple[Field, ...] = (
    _text(
        "res_address",
        "Address",
        "Residence street line, in the Postal Service's form where it can be read.",
        identifying=True,
    ),
    _text(
        "res_address_raw",
        "Address as filed",
        "Residence street line as the state writes it, where that is another form.",
        identifying=True,
    ),
    _text("res_address2", "Address line 2", "Apartment or unit.", identifying=True),
    _text("res_city", "City", "Postal city of residence.", facet=Facet.VALUE),
    _code("res_state", "State", "Two-letter state of residence."),
    _code("res_zip5", "ZIP", "Five-digit ZIP, zeros kept.", facet=Facet.VALUE),
    _code(
        "res_zip4",
        "ZIP+4",
        "Four digits after the ZIP; narrows to a few households.",
        identifying=True,
    ),
)

REGISTRATION: tuple[Field, ...] = (*IDENTITY, *STANDING, *GEOGRAPHY, *RESIDENCE)
