"""What must protect voters after all faults: worked out in plain Python from what contacts say in the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from benchmarks.fault_events import Sent, Told

NIL: Final = UUID(int=0)
BY_RESULT: Final = {
    "do_not_call": "call",
    "do_not_text": "text",
    "wrong_number": "wrong_number",
    "deceased": "deceased",
    "moved": "moved",
}
CLAIMS: Final = frozenset({"deceased", "moved"})
"""They bind the claimant alone; all else binds everyone."""


@dataclass(frozen=True, slots=True)
class Lift:
    """An owner's lifting of a kind that an organization asserted, and which contacts it must have met."""

    organization: UUID
    kind: str
    seen: frozenset[str]
    """Contacts that the owner's feed had told of before, by event id: these must be lifted."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one contact says of its voter's protection."""

    sent: Sent
    kind: str
    opted_in: bool
    moment: dt.datetime
    phone: str | None


def assertions(contacts: Iterable[tuple[Sent, Told]]) -> list[Assertion]:
    """Return what contacts assert in the end."""
    return [
        Assertion(sent, kind, opted_in, told.event_time, told.phone)
        for sent, told in contacts
        for kind, opted_in in _said(told)
    ]


def _said(told: Told) -> list[tuple[str, bool]]:
    outs = set(told.outs)
    if told.result in BY_RESULT:
        outs.add(BY_RESULT[told.result])
    return [(kind, False) for kind in sorted(outs)] + [
        (kind, True) for kind in told.ins if kind not in outs
    ]


def expected_bounds(
    stated: Sequence[Assertion],
) -> dict[tuple[UUID, str, UUID], dt.date]:
    """Return what binds, (voter, kind, audience) → day: an opt-out yields to a later opt-in alone."""
    opted_in: dict[tuple[UUID, str], dt.datetime] = {}
    for one in stated:
        if one.opted_in:
            key = one.sent.voter, one.kind
            opted_in[key] = max(opted_in.get(key, one.moment), one.moment)
    bound: dict[tuple[UUID, str, UUID], dt.date] = {}
    for one in stated:
        later = opted_in.get((one.sent.voter, one.kind))
        if one.opted_in or (later is not None and later > one.moment):
            continue
        audience = one.sent.member.organization if one.kind in CLAIMS else NIL
        place = one.sent.voter, one.kind, audience
        bound[place] = max(bound.get(place, dt.date.min), one.moment.date())
    return bound


def expected_phones(stated: Sequence[Assertion]) -> dict[tuple[UUID, str], dt.date]:
    """Return the numbers that are wrong, (voter, phone) → day: the number dies, not the person."""
    wrong: dict[tuple[UUID, str], dt.date] = {}
    for one in stated:
        if one.kind == "wrong_number" and one.phone:
            key = one.sent.voter, one.phone
            wrong[key] = max(wrong.get(key, dt.date.min), one.moment.date())
    return wrong


def compare_protection(
    database: Connection[Any],
    *,
    contacts: Sequence[tuple[Sent, Told]],
    amended: frozenset[str],
    lifts: Sequence[Lift],
    before: Mapping[str, int],
) -> dict[str, int]:
    """Return what differs between what binds and what should, by what it is.

    `contacts` are those that stand in the end, `amended` the event ids of those that were ever
    set right; `before` tells how many lifts had ended when a contact was first sent.
    """
    stated = assertions(contacts)
    lifted = {
        (str(row[0]), str(row[1]), bool(row[2])): row[3] is not None
        for row in database.execute(ASSERTED).fetchall()
    }
    wanted = {_name(one) for one in stated}
    standing = [one for one in stated if not lifted.get(_name(one), False)]
    bounds = {row[:3]: row[3] for row in database.execute(BOUND).fetchall()}
    phones = {row[:2]: row[2] for row in database.execute(WRONG).fetchall()}
    expected, wrong = expected_bounds(standing), expected_phones(standing)
    return {
        "assertions": len(wanted ^ lifted.keys()),
        "suppressions": sum(
            expected.get(key) != bounds.get(key) for key in expected | bounds
        ),
        "wrong_phones": sum(
            wrong.get(key) != phones.get(key) for key in wrong | phones
        ),
        "lifted_wrongly": sum(
            _is_lifted_wrongly(one, lifts, before, lifted=lifted.get(_name(one), False))
            for one in stated
            if one.sent.event_id not in amended
        ),
    }


def _is_lifted_wrongly(
    one: Assertion,
    lifts: Sequence[Lift],
    before: Mapping[str, int],
    *,
    lifted: bool,
) -> bool:
    """Tell whether a lift passed by what it must have met, or met what came after it."""
    of_it = [
        number
        for number, lift in enumerate(lifts)
        if (lift.organization, lift.kind) == (one.sent.member.organization, one.kind)
    ]
    if lifted:
        return all(number < before[one.sent.event_id] for number in of_it)
    return any(one.sent.event_id in lifts[number].seen for number in of_it)


def _name(one: Assertion) -> tuple[str, str, bool]:
    return one.sent.event_id, one.kind, one.opted_in


ASSERTED: Final = (
    "SELECT d.event_id, a.kind, a.opted_in, a.lifted_at"
    " FROM canvass_suppression_assertion AS a"
    " JOIN canvass_contact_detail AS d ON d.state = a.state AND d.contact = a.contact"
    " WHERE a.withdrawn_at IS NULL"
)
BOUND: Final = "SELECT voter, kind, audience, day FROM canvass_suppression"
WRONG: Final = "SELECT voter, phone, day FROM canvass_wrong_phone"
