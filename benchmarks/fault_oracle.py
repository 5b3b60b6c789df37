"""What must be in the house after all faults: worked out in plain Python, and compared with the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from benchmarks.fault_events import Amended, Sent, Told
from benchmarks.running_house import one
from states.canvass.vocabulary import CANVASSED, RESULT_CODES

NIL: Final = UUID(int=0)
Values = tuple[int, Any, int, Any, int | None]
"""Attempts, time and result of the last contact, time when reached, support."""


def standing_contacts(
    events: Iterable[Sent], amendments: Iterable[Amended]
) -> list[tuple[Sent, Told]]:
    """Return what contacts say in the end: the newest correction counts, a retracted one is gone.

    `amendments` come in the order in which each organization sent them.
    """
    said = list(amendments)
    gone = {one.contact for one in said if one.told is None}
    final = {one.contact: one.told for one in said if one.told is not None}
    return [
        (event, final.get(event.event_id, event.told))
        for event in events
        if event.event_id not in gone
    ]


def expected_values(
    contacts: Iterable[tuple[Sent, Told]],
) -> dict[tuple[UUID, UUID], Values]:
    """Return the current values by (voter, audience) that these contacts make."""
    by_key: dict[tuple[UUID, UUID], list[Told]] = {}
    for sent, told in contacts:
        audiences = [sent.member.organization, *([NIL] if sent.member.pooled else [])]
        for audience in audiences:
            by_key.setdefault((sent.voter, audience), []).append(told)
    return {key: _values(said) for key, said in by_key.items()}


def _values(said: list[Told]) -> Values:
    said.sort(key=lambda told: told.event_time)
    answered = [told for told in said if told.support]
    last = said[-1]
    return (
        len(said),
        last.event_time,
        _number(last.result),
        answered[-1].event_time if answered else None,
        answered[-1].support if answered else None,
    )


def _number(result: str | None) -> int:
    if result is None:
        return CANVASSED
    word = RESULT_CODES.find(result)
    assert word is not None
    return word.number


def actual_values(database: Connection[Any]) -> dict[tuple[UUID, UUID], Values]:
    """Return the current values by (voter, audience) as the rows have them."""
    rows = database.execute(
        "SELECT voter, audience, attempts, last_contact_at, last_result, reached_at, support"
        " FROM canvass_standing"
    ).fetchall()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def compare(
    database: Connection[Any],
    *,
    contacts: Sequence[tuple[Sent, Told]],
    followed: Sequence[str],
) -> dict[str, int]:
    """Return what differs, by what it is: every figure should be 0.

    `contacts` are those that stand, as they say in the end, whoever learned of them;
    `followed` is what the owner's follower was handed.
    """
    wanted, actual = expected_values(contacts), actual_values(database)
    pooled = Counter(
        f"OH-{row[0].hex}"
        for row in database.execute("SELECT contact FROM canvass_contact WHERE pooled")
    )
    told = Counter(followed)
    return {
        "values": sum(wanted.get(key) != actual.get(key) for key in wanted | actual),
        "feed_lost": sum((pooled - told).values()),
        "feed_doubled": sum((told - pooled).values()),
        **{name: int(one(database, query)) for name, query in DIFFERENCES.items()},
    }


DIFFERENCES: Final = {
    "changes_lost": (
        "SELECT count(*) FROM canvass_contact AS c WHERE NOT EXISTS (SELECT FROM feeds_change AS f"
        " WHERE f.state = c.state AND f.contact = c.contact AND f.kind = 'contact')"
    ),
    "changes_doubled": (
        "SELECT count(*) - count(DISTINCT contact) FROM feeds_change WHERE kind = 'contact'"
    ),
    "numbers_missing": (
        "SELECT coalesce(max(seq), 0) - count(*) FROM feeds_change WHERE state = 'OH'"
    ),
    "details_missing": (
        "SELECT count(*) FROM canvass_contact AS c WHERE NOT EXISTS (SELECT FROM canvass_contact_detail AS d"
        " WHERE d.state = c.state AND d.contact = c.contact)"
    ),
    "queue_miscounted": (
        "SELECT abs(coalesce((SELECT sum(waiting) FROM canvass_queue), 0)"
        " - (SELECT count(*) FROM canvass_inbox WHERE status = 'queued'))"
    ),
    "receipts_miscounted": (
        "SELECT abs(coalesce((SELECT sum(accepted) FROM canvass_receipt), 0)"
        " - (SELECT count(*) FROM canvass_event_key))"
    ),
    "retractions_untold": (
        "SELECT count(*) FROM canvass_contact AS c WHERE c.retracted_at IS NOT NULL AND 1 <> ("
        "SELECT count(*) FROM feeds_change AS f"
        " WHERE f.state = c.state AND f.contact = c.contact AND f.kind = 'retraction')"
    ),
    "corrections_untold": (
        "SELECT count(*) FROM canvass_contact AS c WHERE c.retracted_at IS NULL AND c.version IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM feeds_change AS f"
        " WHERE f.state = c.state AND f.contact = c.contact AND f.kind = 'correction')"
    ),
    "ledger_pushed_missing": (
        "SELECT abs(coalesce((SELECT sum(rows) FROM ledger_entry WHERE event IN ("
        "'canvass:contact:pushed', 'canvass:contact:corrected', 'canvass:contact:retracted')), 0)"
        " - (SELECT count(*) FROM canvass_event_key))"
    ),
    "ledger_applied_missing": (
        "SELECT abs(coalesce((SELECT sum(rows) FROM ledger_entry WHERE event = 'canvass:contact:applied'), 0)"
        " - (SELECT count(*) FROM canvass_contact)"
        " - (SELECT count(*) FROM canvass_contact_version WHERE kind <> 'contact'))"
    ),
    "ledger_set_aside_missing": (
        "SELECT abs((SELECT count(*) FROM ledger_entry WHERE event = 'canvass:contact:set_aside')"
        " - (SELECT count(*) FROM canvass_inbox WHERE status = 'set_aside'))"
    ),
}
"""What must agree whatever happened → a query of how far it does not."""
