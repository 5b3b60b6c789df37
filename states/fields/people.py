"""Fields about the person: demographics, contact details and votes cast."""

from functools import partial

from states.fields.codes import ETHNICITIES, GENDERS, RACES
from states.fields.definition import EXACT, Facet, Field, Group, Kind, declare

_demographic = partial(declare, Group.DEMOGRAPHICS)
_detail = partial(declare, Group.CONTACT_DETAILS)
_history = partial(declare, Group.VOTE_HISTORY)

DEMOGRAPHICS: tuple[Field, ...] = (
    _demographic(
        Kind.DATE,
        "birth_date",
        "Birth date",
        "Exact day, where the state gives it.",
        identifying=True,
    ),
    _demographic(
        Kind.INTEGER,
        "birth_year",
        "Birth year",
        "Year of birth: of the exact date, or all that the state gives.",
        facet=Facet.ORDERED,
    ),
    _demographic(
        Kind.INTEGER,
        "age",
        "Age",
        "Years on the day of the answer; where only the year of birth is known, "
        "the age reached in that year.",
        column=None,
        facet=Facet.ORDERED,
    ),
    _demographic(
        Kind.CODE,
        "gender",
        "Gender",
        "F, M, X or U (not stated).",
        values=GENDERS,
        facet=Facet.VALUE,
    ),
    _demographic(
        Kind.CODE, "gender_raw", "Gender code", "Gender as the state codes it."
    ),
    _demographic(
        Kind.CODE,
        "race",
        "Race",
        "Race as registered; some states ask one question for race and ethnicity.",
        values=RACES,
        facet=Facet.VALUE,
    ),
    _demographic(Kind.CODE, "race_raw", "Race code", "Race as the state codes it."),
    _demographic(
        Kind.CODE,
        "ethnicity",
        "Ethnicity",
        "Hispanic or not, as registered.",
        values=ETHNICITIES,
        facet=Facet.VALUE,
    ),
    _demographic(
        Kind.CODE, "ethnicity_raw", "Ethnicity code", "Ethnicity as the state codes it."
    ),
)

CONTACT_DETAILS: tuple[Field, ...] = (
    _detail(Kind.PHONE, "phone", "Phone", "Telephone in E.164.", identifying=True),
    _detail(Kind.EMAIL, "email", "E-mail", "E-mail address.", identifying=True),
    _detail(
        Kind.TEXT,
        "mail_line1",
        "Mailing line 1",
        "First mailing line.",
        identifying=True,
    ),
    _detail(
        Kind.TEXT,
        "mail_line2",
        "Mailing line 2",
        "Further mailing lines, joined by commas.",
        identifying=True,
    ),
    _detail(Kind.TEXT, "mail_city", "Mailing city", "City of the mailing address."),
    _detail(Kind.CODE, "mail_state", "Mailing state", "State of the mailing address."),
    _detail(Kind.CODE, "mail_zip5", "Mailing ZIP", "Five-digit ZIP, zeros kept."),
    _detail(
        Kind.TEXT,
        "mail_country",
        "Mailing country",
        "Country as the state writes it; null is the United States.",
        operators=EXACT,
    ),
)

VOTE_HISTORY: tuple[Field, ...] = (
    _history(
        Kind.ELECTIONS,
        "voted",
        "Voted",
        "Elections in which a vote is recorded; a ballot not counted is none.",
        column=None,
        exportable=False,
        facet=Facet.HISTORY,
    ),
    _history(
        Kind.DATE,
        "last_voted_date",
        "Last voted",
        "Day of the newest election with a vote recorded.",
        facet=Facet.ORDERED,
    ),
    _history(
        Kind.INTEGER,
        "times_voted",
        "Times voted",
        "Number of elections with a vote recorded.",
        facet=Facet.ORDERED,
    ),
)
