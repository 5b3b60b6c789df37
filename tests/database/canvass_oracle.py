"""Who sees which canvass row: the domain's rules in plain Python, and a scenario to try them on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.canvass.amending import correct_contact
from states.canvass.job_models import JobRow
from states.canvass.jobs import open_job
from states.canvass.surveys import create_code, create_question
from tests.canvass.pushes import body, drain, machine, push, push_and_apply
from tests.cast import SHIELDED, Cast

OWNERS: Final = {"OH": "ohio", "NC": "carolina"}
READING: Final = (Action.READ, Action.EXPORT)
# organization, state, action: the places and field groups that the cast's grants license.
EVERY_GROUP: Final = frozenset({"registration", "contact_details", "contacts"})
OHIO: Final = frozenset({1, 2, 3, 4, 5})
LICENSES: Final = {
    "committee": (OHIO, EVERY_GROUP, {Action.COUNT, *READING}),
    "campaign": (frozenset({1, 3}), EVERY_GROUP, {Action.COUNT, *READING}),
    "rival": (frozenset({2}), EVERY_GROUP, {Action.COUNT, *READING}),
    "outside_group": (
        OHIO,
        frozenset({"registration", "contacts"}),
        {Action.COUNT, Action.READ},
    ),
}


@dataclass(frozen=True)
class Row:
    """A row that the scenario makes: whose it is, who may hear of it, and where its voter is."""

    table: str
    owner: str | None
    audience: str | None
    place: int
    state: str = "OH"


def licensed(who: str, action: Action, group: str, row: Row) -> bool:
    """Tell whether a grant of the cast covers a row."""
    if who not in LICENSES or row.place < 0:
        return False
    places, groups, actions = LICENSES[who]
    return row.place in places and group in groups and action in actions


def visible(who: str, action: Action, row: Row) -> bool:
    """Tell whether someone sees a row, by the rules of the domain."""
    own = row.owner == who and (row.place > 0 or OWNERS[row.state] == who)
    return own or _otherwise(who, action, row)


def _otherwise(who: str, action: Action, row: Row) -> bool:
    """Tell whether someone sees a row that is not one's own, or not in sight as such."""
    mine, pool = row.owner == who, row.audience is None
    owns = OWNERS[row.state] == who
    applies = action is Action.APPLY
    rules = {
        "canvass_event_key": mine,
        "canvass_receipt": mine,
        "canvass_survey_question": mine,
        "canvass_survey_response": mine,
        "canvass_activist_code": mine,
        "canvass_job": mine,
        "canvass_job_row": mine,
        "canvass_blind": mine,
        "canvass_unmatched": owns and action in (Action.READ, Action.MANAGE),
        "canvass_burst": owns and action in (Action.READ, Action.MANAGE),
        "canvass_inbox": mine and applies,
        "canvass_contact_detail": False,
        "canvass_coded": False,
        "canvass_contact_version": False,
        "canvass_contact": pool and _reads(who, action, "contacts", row),
        "feeds_change": pool and _reads(who, action, "contacts", row),
        "feeds_change:suppression": pool and _reads(who, action, "registration", row),
        "canvass_standing": (pool and _reads(who, action, "contacts", row))
        or (applies and (pool or row.audience == who)),
        "canvass_suppression": pool
        and (
            (owns and action is Action.MANAGE)
            or _reads(who, action, "registration", row)
        ),
        "canvass_suppression_assertion": owns and action in (*READING, Action.MANAGE),
        "canvass_wrong_phone": _reads(who, action, "contact_details", row),
    }
    return rules[row.table]


def _reads(who: str, action: Action, group: str, row: Row) -> bool:
    if action not in READING:
        return False
    return OWNERS[row.state] == who or licensed(who, action, group, row)


def contact_rows(
    who: str, place: int, *, held: bool = False, state: str = "OH"
) -> Iterator[Row]:
    """Return the rows that one applied contact makes."""
    for table in ("canvass_inbox", "canvass_event_key", "canvass_contact_detail"):
        yield Row(table, who, who, place, state)
    audience = who if held else None
    yield Row("canvass_contact", who, audience, place, state)
    yield Row("feeds_change", who, audience, place, state)
    yield Row("canvass_standing", who, who, place, state)
    if not held:
        yield Row("canvass_standing", None, None, place, state)
    yield Row("canvass_receipt", who, who, place, state)


def suppression_rows(who: str, place: int, *, claimed: bool = False) -> Iterator[Row]:
    """Return the rows that an assertion makes beside its contact's."""
    yield Row("canvass_suppression_assertion", who, who, place)
    audience = who if claimed else None
    yield Row("canvass_suppression", audience, audience, place)
    yield Row("feeds_change:suppression", audience, audience, place)


def amendment_rows(who: str, place: int) -> Iterator[Row]:
    """Return the rows that a contact's first amendment makes: what was pushed is a version too."""
    for _ in range(2):
        yield Row("canvass_contact_version", who, who, place)
    for table in ("canvass_inbox", "canvass_event_key", "canvass_receipt"):
        yield Row(table, who, who, place)


def corrected(cast: Cast) -> Iterator[Row]:
    """Push a contact and correct it; return the rows of both, once the next drain has run."""
    (mine,) = push_and_apply(cast.outside_group, body(cast.places[3][1]))
    fix = {"event_id": "fix", "contact_type": "walk", "support": 2}
    correct_contact(contact=mine, told=fix, by=machine(cast.outside_group))
    yield from contact_rows("outside_group", 3)
    yield from amendment_rows("outside_group", 3)


def play(cast: Cast) -> list[Row]:
    """Push what there is to push, and return all the rows there are now."""
    first, second, fourth = cast.places[1], cast.places[2], cast.places[4]
    rows: list[Row] = []

    def told(who: str, voter: UUID, place: int, **members: Any) -> None:
        state = "NC" if place > 5 else "OH"
        push_and_apply(cast.everyone[who], body(voter, state, **members))
        rows.extend(contact_rows(who, place, held=who == "rival", state=state))

    told("outside_group", first[0], 1, support=2)
    told("outside_group", second[0], 2, result_code="do_not_call")
    rows += suppression_rows("outside_group", 2)
    told("rival", second[1], 2, result_code="wrong_number", phone="+16145550123")
    rows += suppression_rows("rival", 2)
    rows.append(Row("canvass_wrong_phone", None, None, 2))
    told("rival", second[2], 2, result_code="deceased")
    rows += suppression_rows("rival", 2, claimed=True)
    told("ohio", fourth[0], 4)
    told("carolina", cast.places[6][0], 6)
    rows += corrected(cast)
    push(cast.outside_group, body(first[1], result_code="do_not_text"))
    shield(first[1])
    drain()
    hidden = SHIELDED["OH"]
    rows += contact_rows("outside_group", hidden)
    rows += suppression_rows("outside_group", hidden)
    rows += wait_for_owner(cast) + own_things(cast)
    push(cast.outside_group, body(cast.places[3][0]))  # which waits
    return rows + [
        Row(f"canvass_{table}", "outside_group", "outside_group", 3)
        for table in ("inbox", "event_key", "receipt")
    ]


def own_things(cast: Cast) -> list[Row]:
    """Make what an organization has of its own beside contacts."""
    responses = [{"name": "Yes"}]
    words = {"type": "issue", "name": "Signs"}
    create_question(words=words, responses=responses, by=cast.outside_group)
    code = create_code(words=words, by=cast.outside_group)
    applied = [{"code": str(code.id)}]
    said = body(cast.places[3][2], activist_codes=applied)
    push_and_apply(cast.outside_group, said)
    job = open_job(form="csv", by=cast.outside_group)
    with acting_as(cast.outside_group, Action.MANAGE):
        JobRow(job=job.id, row=1, organization=job.organization).save(force_insert=True)
    return [
        *contact_rows("outside_group", 3),
        *(
            Row(f"canvass_{table}", "outside_group", "outside_group", 3)
            for table in (
                "coded",
                "survey_question",
                "survey_response",
                "activist_code",
                "job",
                "job_row",
            )
        ),
    ]


def wait_for_owner(cast: Cast) -> list[Row]:
    """Write what a blind push leaves, its pusher's account and what waits for the owner, and a burst."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        for extra, table in (
            ("kind", "canvass_blind"),
            ("pooled, principal", "canvass_unmatched"),
        ):
            values = "'contact'" if extra == "kind" else "true, gen_random_uuid()"
            cursor.execute(
                f"INSERT INTO {table} (state, contact, organization, source, event_id, receipt, event_time,"
                f" received_at, about, body, {extra}) VALUES ('OH', gen_random_uuid(), %s, '', 'x',"
                f" gen_random_uuid(), now(), now(), '{{}}', '{{}}', {values})",
                [cast.outside_group.organization],
            )
        cursor.execute(
            "INSERT INTO canvass_burst (state, organization, source, kind, since, assertions)"
            " VALUES ('OH', %s, '', 'call', now(), 100)",
            [cast.outside_group.organization],
        )
        cursor.execute("RESET ROLE")
    return [
        Row("canvass_burst", None, None, 1),
        Row("canvass_blind", "outside_group", "outside_group", 1),
        Row("canvass_unmatched", None, None, 1),
    ]


def shield(voter: UUID) -> None:
    """Shield a voter as a publication does; rows that wait follow at once."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET place = %s, shielded = 'gone' WHERE voter = %s",
            [SHIELDED["OH"], voter],
        )
        cursor.execute(
            "UPDATE canvass_inbox SET place = %s WHERE state = 'OH' AND voter = %s",
            [SHIELDED["OH"], voter],
        )
        cursor.execute("RESET ROLE")
