"""Fields that change by the hour: this election's ballots, and contacts."""

from functools import partial

from states.fields.codes import (
    BALLOT_METHODS,
    BALLOT_STATUSES,
    CONTACT_TYPES,
    RESULTS,
    SUPPRESSIONS,
)
from states.fields.definition import (
    OPERATORS,
    Facet,
    Field,
    Group,
    Kind,
    Operator,
    declare,
)

_ballot = partial(declare, Group.BALLOTS)
# Live values are kept per audience, so no field of theirs is a plain column.
_live = partial(declare, Group.CONTACTS, column=None, facet=Facet.LIVE)

BALLOTS: tuple[Field, ...] = (
    _ballot(
        Kind.CODE,
        "ballot_status",
        "Ballot status",
        "How far the voter's ballot has come in the election named.",
        values=BALLOT_STATUSES,
        facet=Facet.VALUE,
    ),
    _ballot(
        Kind.CODE,
        "ballot_election",
        "Ballot election",
        "Day and type of the ballot's election, `2026-11-03 general`; unless criteria name "
        "one it is the next from the day of the answer on that has ballots, else the newest.",
        operators=(Operator.EQ, Operator.KNOWN),
    ),
    _ballot(
        Kind.DATE,
        "ballot_date",
        "Ballot date",
        "Day of the newest change of the ballot's status.",
        facet=Facet.ORDERED,
    ),
    _ballot(
        Kind.CODE,
        "ballot_method",
        "Ballot method",
        "How the ballot is cast.",
        values=BALLOT_METHODS,
        facet=Facet.VALUE,
    ),
)

CONTACTS: tuple[Field, ...] = (
    _live(
        Kind.DATE,
        "last_contact",
        "Last contact",
        "Day of the newest attempt, with or without an answer.",
        operators=(*OPERATORS[Kind.DATE], Operator.WITHIN_DAYS),
    ),
    _live(
        Kind.DATE,
        "last_reached",
        "Last reached",
        "Day of the newest attempt with result canvassed.",
        operators=(*OPERATORS[Kind.DATE], Operator.WITHIN_DAYS),
    ),
    _live(
        Kind.CODE,
        "last_contact_type",
        "Last contact type",
        "How the newest attempt was made.",
        values=CONTACT_TYPES,
    ),
    _live(
        Kind.CODE,
        "last_result",
        "Last result",
        "Result code of the newest attempt; canvassed means reached.",
        values=RESULTS,
    ),
    _live(Kind.INTEGER, "attempts", "Attempts", "Number of attempts on record."),
    _live(
        Kind.INTEGER,
        "support",
        "Support",
        "Newest answer to the state's support question: 1 (strong) to 5 (opposed).",
    ),
    _live(
        Kind.CODE,
        "suppressions",
        "Suppressions",
        "Ways in which the voter must not be contacted; several may hold at once.",
        operators=(Operator.HAS, Operator.HAS_NOT, Operator.KNOWN),
        values=SUPPRESSIONS,
    ),
    _live(
        Kind.CODE,
        "activist_code",
        "Activist codes",
        "Your organization's own activist codes that are on the voter, by name; several may be at once.",
        operators=(Operator.HAS, Operator.HAS_NOT, Operator.KNOWN),
        identifying=True,
        exportable=False,
    ),
)
