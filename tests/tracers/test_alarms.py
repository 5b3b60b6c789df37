"""Whoever contacts a tracer alarms its party, by whatever it names it, and learns nothing by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import acting_as
from states.tracers.actions import end_tracers, set_tracers
from states.tracers.alarms import follow_leads
from states.tracers.models import Alarm, Lead, Mark
from states.tracers.points import Points
from tests.canvass.pushes import body, push
from tests.cast import Cast, grant
from tests.grants.conftest import ClientOf
from tests.imports.conftest import ohio, storage
from tests.lists.test_exports import entries, order
from tests.lists.test_lists import save
from tests.scores.conftest import declare, upload
from tests.tracers.test_woven import split

__all__ = ["ohio", "storage"]

EVENT = "tracers:tracer:contacted"


@pytest.fixture
def tracers(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> tuple[str, list[dict[str, str]]]:
    """An export of the campaign's, and the lines of its tracers; no voter has the party's phone."""
    points = replace(ohio_traces, phones=("+17405550131",))
    with acting_as(cast.ohio, Action.MANAGE):
        set_tracers(state="OH", points=points, by=cast.ohio)
    client = client_of(cast.campaign)
    ordered = order(client, save(client, states=["OH"])["id"])
    return str(ordered["id"]), split(cast, ordered)[1]


def alarms(by: Actor, action: Action = Action.MANAGE) -> list[Alarm]:
    with acting_as(by, action):
        return list(Alarm.objects.order_by("said_at", "id"))


def contact(voter: Any, event: str = "e-1") -> dict[str, Any]:
    return body(UUID(int=0), event_id=event) | {"voter": voter}


def _described(line: dict[str, str], *names: str) -> dict[str, str]:
    columns = {"address": "res_address", "zip5": "res_zip5"}
    return {"state": "OH"} | {one: line[columns.get(one, one)] for one in names}


WAYS: dict[str, Callable[[dict[str, str]], Any]] = {
    "id": lambda line: line["id"],
    "register": lambda line: {"state": "OH", "state_voter_id": line["state_voter_id"]},
    "email": lambda line: _described(line, "email"),
    "phone": lambda line: _described(line, "phone"),
    "address": lambda line: _described(line, "first_name", "last_name", "address"),
}


COLUMNS = {
    "id": "id",
    "register": "state_voter_id",
    "email": "email",
    "phone": "phone",
    "address": "res_address",
}


def _one_with(
    column: str,
    export: str,
    lines: list[dict[str, str]],
    cast: Cast,
    client_of: ClientOf,
) -> tuple[str, dict[str, str]]:
    """Return a tracer with something in a column, and its export: further ones are ordered until there is one."""
    client = client_of(cast.campaign)
    for number in range(20):
        for one in lines:
            if one[column]:
                return export, one
        ordered = order(client, save(client, f"More {number}", states=["OH"])["id"])
        export, lines = ordered["id"], split(cast, ordered)[1]
    raise AssertionError(f"no tracer of 20 exports has {column}")


@pytest.mark.parametrize("way", WAYS)
def test_a_contact_alarms_the_party_and_names_the_export(
    tracers: tuple[str, list[dict[str, str]]],
    cast: Cast,
    client_of: ClientOf,
    way: str,
) -> None:
    export, line = _one_with(COLUMNS[way], *tracers, cast, client_of)
    verdict = push(cast.rival, contact(WAYS[way](line))).verdicts[0]
    assert verdict.contact is None
    assert follow_leads() == 1
    (alarm,) = alarms(cast.ohio)
    assert alarm.way == way
    assert alarm.organization == cast.rival.organization
    assert UUID(export) in alarm.exports
    assert alarm.licensees == [cast.campaign.organization]
    if way == "phone":
        assert alarm.tracer is None
    else:
        assert alarm.tracer == UUID(line["id"][3:])
    (entry,) = entries(cast.ohio, EVENT)
    assert entry.detail["organization"] == str(cast.rival.organization)
    assert follow_leads() == 0


def test_the_party_reads_it_over_http_and_nobody_else_does(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast, client_of: ClientOf
) -> None:
    export, lines = tracers
    push(cast.rival, contact(lines[0]["id"]), contact(lines[1]["id"], "e-2"))
    push(cast.campaign, contact(lines[0]["id"], "e-3"))
    assert follow_leads() == 3
    address = "/v1/states/OH/tracers/alarms"
    client = client_of(cast.ohio)
    page = client.get(address, {"limit": 2}).json()
    rest = client.get(address, {"limit": 2, "cursor": page["next"]}).json()
    shown = page["results"] + rest["results"]
    assert rest["next"] is None
    assert {(one["organization"], one["by_licensee"]) for one in shown} == {
        (str(cast.rival.organization), False),
        (str(cast.campaign.organization), True),
    }
    assert all(one["exports"] == [export] for one in shown)
    others = client.get(address, {"of_others": True}).json()["results"]
    assert others == [one for one in shown if not one["by_licensee"]]
    for who in (cast.campaign, cast.rival, cast.carolina, cast.stranger):
        assert client_of(who).get(address).status_code in {403, 404}
        assert entries(who, EVENT) == []


def test_whoever_pushes_is_told_the_same_of_a_tracer_as_of_nobody(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast, client_of: ClientOf
) -> None:
    """Answers are the same, and so is what the database does meanwhile: no oracle."""
    _, lines = tracers
    client = client_of(cast.rival)
    absent = "OH-" + UUID(int=5, version=4).hex
    told: list[Any] = []
    done: list[list[str]] = []
    for number, voter in enumerate((absent, absent, lines[0]["id"])):
        one = contact(voter, f"e-{number}")
        done.append([])
        with connection.execute_wrapper(_noting(done[-1])):
            answer = client.post("/v1/contacts", {"contacts": [one]}, format="json")
        (verdict,) = answer.json()["results"]
        told.append((answer.status_code, {**verdict, "event_id": None}))
    assert told[1] == told[2]
    assert len(done[1]) > 5
    assert done[1] == done[2]
    assert follow_leads() == 1


def _noting(done: list[Any]) -> Any:
    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        done.append(str(sql).split("'")[0])
        return execute(sql, params, many, context)

    return note


def test_who_has_no_license_at_all_alarms_too(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast
) -> None:
    _, lines = tracers
    push(cast.stranger, contact(lines[0]["id"]))
    assert follow_leads() == 1
    assert alarms(cast.ohio)[0].organization == cast.stranger.organization


def test_who_contributes_without_reading_alarms_too(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast
) -> None:
    terms: dict[str, Any] = {"actions": ["contribute"], "pool": "at_once"}
    grant("OH", cast.ohio, cast.stranger, **terms)
    _, lines = tracers
    verdict = push(cast.stranger, contact(lines[0]["id"])).verdicts[0]
    assert verdict.contact is not None
    assert follow_leads() == 1


def test_what_left_before_tracers_ended_alarms_still(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast
) -> None:
    _, lines = tracers
    with acting_as(cast.ohio, Action.MANAGE):
        end_tracers(state="OH", by=cast.ohio)
    push(cast.rival, contact(lines[0]["id"]))
    assert follow_leads() == 1


def test_a_tracer_of_the_code_names_all_who_carry_it(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    held: dict[str, set[UUID]] = {}
    for who in (cast.campaign, cast.committee, cast.rival):
        client = client_of(who)
        ordered = order(client, save(client, states=["OH"])["id"])
        for one in split(cast, ordered)[1]:
            held.setdefault(one["id"], set()).add(who.organization)
    shared = next(one for one, by in held.items() if len(by) > 1)
    push(cast.outside_group, contact(shared))
    assert follow_leads() == 1
    (alarm,) = alarms(cast.ohio)
    assert set(alarm.licensees) == held[shared]


def test_who_asks_after_a_files_ids_by_a_sheet_of_scores_alarms_the_party(
    tracers: tuple[str, list[dict[str, str]]],
    cast: Cast,
    storage: object,
) -> None:
    """The lines that give no value tell a licensee its tracers, and the party that it asked."""
    _, lines = tracers
    sheet = [f"{one['id']},50" for one in lines]
    done = upload(cast.rival, declare(cast.rival), sheet)
    assert (done.matched, done.unmatched) == (0, len(lines))
    assert follow_leads() == len(lines)
    assert {one.organization for one in alarms(cast.ohio)} == {cast.rival.organization}


def test_who_looks_a_tracer_up_alarms_the_party(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast, client_of: ClientOf
) -> None:
    _, lines = tracers
    client = client_of(cast.rival)
    absent = "OH-" + UUID(int=5, version=4).hex
    told = [
        client.get(f"/v1/voters/{voter}").json() | {"request_id": ""}
        for voter in (absent, lines[0]["id"])
    ]
    assert told[0] == told[1]
    assert follow_leads() == 1


def test_nobody_is_met_where_nobody_was_invented(
    ohio_traces: Points, cast: Cast
) -> None:
    """A mistyped id of a state with tracers is forgotten without a trace."""
    push(cast.rival, contact("OH-" + UUID(int=7, version=4).hex))
    with acting_as(cast.ohio, Action.MANAGE):
        assert Lead.objects.count() == 1
    assert follow_leads() == 0
    with acting_as(cast.ohio, Action.MANAGE):
        assert Lead.objects.count() == 0


def test_nothing_is_noted_of_states_without_tracers(cast: Cast) -> None:
    push(cast.rival, contact("OH-" + UUID(int=7, version=4).hex))
    with acting_as(cast.ohio, Action.MANAGE):
        assert Lead.objects.count() == 0


def test_marks_leads_and_alarms_are_the_partys_alone(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast
) -> None:
    _, lines = tracers
    push(cast.rival, contact(lines[0]["id"]))
    follow_leads()
    push(cast.rival, contact(lines[1]["id"], "e-2"))
    for name, one in cast.everyone.items():
        for action in Action:
            with acting_as(one, action):
                seen = [model.objects.count() for model in (Mark, Lead, Alarm)]
            if name == "ohio" and action is Action.MANAGE:
                assert min(seen) > 0
            else:
                assert seen == [0, 0, 0], f"{name} {action}"
    with unguarded(), transaction.atomic():
        assert [model.objects.count() for model in (Mark, Lead, Alarm)] == [0, 0, 0]


@pytest.mark.parametrize(
    "typed",
    [
        "INSERT INTO tracers_mark VALUES ('OH', gen_random_uuid(), 1, 'x', '{by}', gen_random_uuid(), 'id')",
        "INSERT INTO tracers_lead (state, organization, source, marks) VALUES ('OH', '{by}', '', '{{}}')",
        "INSERT INTO tracers_alarm VALUES ('OH', gen_random_uuid(), NULL, '{by}', '', 'id', '{{}}', '{{}}', now(), now())",
        "INSERT INTO tracers_trace VALUES ('OH', gen_random_uuid(), 'queued', 1, '{by}', now())",
        "UPDATE tracers_trace SET status = 'done'",
        "DELETE FROM tracers_alarm",
        "DELETE FROM tracers_mark",
    ],
)
def test_nobody_forges_them(
    tracers: tuple[str, list[dict[str, str]]], cast: Cast, typed: str
) -> None:
    for one in (cast.campaign, cast.stranger, cast.carolina):
        for action in (Action.EXPORT, Action.MANAGE, Action.CONTRIBUTE, Action.WORK):
            with acting_as(one, action), connection.cursor() as cursor:
                try:
                    with transaction.atomic():
                        cursor.execute(typed.format(by=one.organization))
                        assert cursor.rowcount == 0
                except DatabaseError:
                    continue


def test_leads_are_taken_from_contributors_and_readers_alone(
    ohio_traces: Points, cast: Cast
) -> None:
    for action in (Action.COUNT, Action.EXPORT, Action.MANAGE, Action.WORK):
        with acting_as(cast.rival, action), connection.cursor() as cursor:
            cursor.execute("SELECT sec.note_leads('OH', '', '[[\"00\"]]')")
    for action in (Action.READ, Action.MANAGE, Action.CONTRIBUTE):
        with acting_as(cast.rival, action), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sec.leads_waiting()")
            assert cursor.fetchall() == []
            cursor.execute("SELECT * FROM sec.claim_trace('mine')")
            assert cursor.fetchall() == []
    with acting_as(cast.ohio, Action.MANAGE):
        assert Lead.objects.count() == 0
