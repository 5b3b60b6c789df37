"""Answers to a state party's questions in criteria, breakdowns and columns: the newest that the caller's audiences hold."""

from __future__ import annotations

import json
import random
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass.amending import correct_contact, retract_contact
from states.canvass.surveys import create_question
from tests.canvass.pushes import body, drain, machine, push_and_apply, revoke
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.grants.conftest import ClientOf
from tests.lists.test_exports import download, fetch, order, path_of
from tests.lists.test_lists import save, voters
from tests.targeting.test_bitmaps import build

FIELD = "answer:oh.early_vote_plan"
TYPED = "answer.oh.early_vote_plan"
ANSWERS = ("Yes, surely", "No", "Undecided")


class Question:
    """A question of Ohio's party, and another organization's own whose answers map to it."""

    def __init__(self, cast: Cast) -> None:
        made = create_question(
            words={"type": "issue", "name": "Early-vote plan?", "published_in": "OH"},
            responses=[{"name": name} for name in ANSWERS],
            by=cast.ohio,
        )
        self.id = made.id
        with acting_as(cast.ohio, Action.READ):
            self.answers = {one.name: one.id for one in made.responses.all()}
        self.own: dict[str, tuple[UUID, dict[str, UUID]]] = {}
        for who in ("outside_group", "rival"):
            by = cast.everyone[who]
            mapped = [
                {"name": f"{name} ({who})", "maps_to": self.answers[name]}
                for name in ANSWERS
            ]
            own = create_question(
                words={"type": "issue", "name": f"Of {who}"}, responses=mapped, by=by
            )
            with acting_as(by, Action.READ):
                ids = {one.name.split(" (")[0]: one.id for one in own.responses.all()}
            self.own[who] = (own.id, ids)

    def told(self, who: str, answer: str) -> list[dict[str, str]]:
        question, answers = self.own[who]
        return [{"question": str(question), "response": str(answers[answer])}]


@pytest.fixture
def question(cast: Cast) -> Question:
    return Question(cast)


def ask(client: APIClient, criteria: Any, path: str = "counts", **more: Any) -> Any:
    sent = {"criteria": criteria, "states": ["OH"], **more}
    return client.post(f"/v1/{path}", sent, format="json")


def selected(client: APIClient, criteria: Any) -> set[str]:
    name = f"{random.random()}"
    made = save(client, name, criteria=criteria, states=["OH"])
    return {row["id"] for row in voters(client, made["id"], limit=200)}


def push_answers(
    cast: Cast, question: Question, seed: int
) -> dict[str, list[tuple[UUID, str, str]]]:
    """Push answers of two organizations in random order; return each one's: voter, time, answer."""
    invented = random.Random(seed)
    told: dict[str, list[tuple[UUID, str, str]]] = {"outside_group": [], "rival": []}
    places = {"outside_group": (1, 2, 4), "rival": (2,)}
    for who, pushed in told.items():
        sent = []
        for _ in range(12):
            voter = invented.choice(cast.places[invented.choice(places[who])][:4])
            at = f"2026-10-{invented.randrange(10, 30)}T{invented.randrange(10, 20)}:00:00Z"
            answer = invented.choice(ANSWERS)
            if (voter, at) in {(one, when) for one, when, _ in pushed}:
                continue
            pushed.append((voter, at, answer))
            said = question.told(who, answer)
            sent.append(body(voter, survey_responses=said, occurred_at=at))
        push_and_apply(cast.everyone[who], *sent)
    return told


def newest(told: list[tuple[UUID, str, str]]) -> dict[str, str]:
    found: dict[str, tuple[str, str]] = {}
    for voter, at, answer in told:
        key = f"OH-{voter.hex}"
        if key not in found or at > found[key][0]:
            found[key] = (at, answer)
    return {key: answer for key, (_, answer) in found.items()}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_newest_answer_of_the_callers_audiences_counts(
    cast: Cast, client_of: ClientOf, question: Question, seed: int
) -> None:
    told = push_answers(cast, question, seed)
    third = set(cast.places[1] + cast.places[3])
    fifteenth = set(cast.places[2])
    pool = told["outside_group"]
    seen: dict[str, list[tuple[UUID, str, str]]] = {
        "ohio": pool,
        "committee": pool,
        "campaign": [one for one in pool if one[0] in third],
        # What it pushes is held: its own, and of the pool what lies in its district.
        "rival": [one for one in pool if one[0] in fifteenth] + told["rival"],
    }
    for who, answers in seen.items():
        client, expected = client_of(cast.everyone[who]), newest(answers)
        if who == "rival" and len({at for _, at, _ in answers}) < len(answers):
            times = [(voter, at) for voter, at, _ in answers]
            assert len(set(times)) == len(times), "choose another seed: a tie"
        for name in ANSWERS:
            having = {one for one, answer in expected.items() if answer == name}
            assert selected(client, f'{TYPED}:"{name.upper()}"') == having, who
        assert selected(client, f"{TYPED}:*") == set(expected)
        others = {one for one, answer in expected.items() if answer != "No"}
        assert selected(client, f"-{TYPED}:no") == others
        cells = ask(client, None, "breakdowns", by=[FIELD]).json()["states"][0]
        counted = {cell["values"][0]: cell["count"] for cell in cells["cells"]}
        assert counted.pop(None) == len(selected(client, f"-{TYPED}:*"))
        assert counted == {
            name: list(expected.values()).count(name) for name in set(expected.values())
        }
        values = client.get(f"/v1/fields/values?field={FIELD}&states=OH").json()
        shown = {one["value"]: one["count"] for one in values["states"][0]["values"]}
        assert {name: shown[name] for name in counted} == counted
        some = ask(client, f"{TYPED}:*", "samples", columns=[FIELD], size=100).json()
        assert {row["id"]: row[FIELD] for row in some["results"]} == expected


def test_answers_leave_in_exports_as_columns(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, question: Question
) -> None:
    expected = newest(push_answers(cast, question, 3)["outside_group"])
    client = client_of(cast.committee)
    live = save(client, "Told", kind="live", states=["OH"], criteria=f"{TYPED}:*")
    columns = [FIELD, "last_result", "party"]
    rows = download(path_of(order(client, live["id"], columns=columns)))
    assert {row["id"]: row[FIELD] for row in rows} == expected
    assert {row["last_result"] for row in rows} == {"canvassed"}
    ordered = order(client, live["id"], columns=[FIELD], format="ndjson")
    _, parts = async_to_sync(fetch)(path_of(ordered))
    told = [json.loads(line) for line in b"".join(parts).splitlines()]
    assert {one["id"]: one[FIELD] for one in told} == expected


def test_what_is_set_right_and_taken_back_is_followed(
    cast: Cast, client_of: ClientOf, question: Question
) -> None:
    by, voter, client = cast.outside_group, cast.places[1][0], client_of(cast.campaign)
    said = {name: question.told("outside_group", name) for name in ANSWERS}
    early, late = "2026-10-01T12:00:00Z", "2026-10-02T12:00:00Z"
    (first,) = push_and_apply(
        by, body(voter, survey_responses=said["No"], occurred_at=early)
    )
    (second,) = push_and_apply(
        by, body(voter, survey_responses=said["Undecided"], occurred_at=late)
    )
    push_and_apply(by, body(voter))  # without an answer it says nothing of it
    one = {f"OH-{voter.hex}"}
    assert selected(client, f"{TYPED}:undecided") == one
    fix = {
        "event_id": "fix",
        "contact_type": "walk",
        "occurred_at": late,
        "survey_responses": said["Yes, surely"],
    }
    correct_contact(contact=second, told=fix, by=machine(by))
    drain()
    assert selected(client, f'{TYPED}:"yes, surely"') == one
    retract_contact(contact=second, event_id="gone", by=machine(by))
    drain()
    assert selected(client, f"{TYPED}:no") == one
    retract_contact(contact=first, event_id="gone too", by=machine(by))
    drain()
    assert selected(client, f"{TYPED}:*") == set()


def test_questions_are_fields_of_those_who_work_in_their_state(
    cast: Cast, client_of: ClientOf, question: Question
) -> None:
    client = client_of(cast.campaign)
    fields = {one["name"]: one for one in client.get("/v1/fields").json()["results"]}
    shown = fields[FIELD]
    assert shown["values"] == list(ANSWERS)
    assert shown["label"] == "Early-vote plan? (OH)"
    assert shown["operators"] == ["eq", "in", "known"]
    assert shown["licensed"]["read"] == ["OH"]
    for other in (cast.carolina, cast.stranger):
        names = [
            one["name"] for one in client_of(other).get("/v1/fields").json()["results"]
        ]
        assert FIELD not in names
    grant("NC", cast.carolina, cast.stranger, actions=["count", "read"])
    stranger = client_of(cast.stranger)
    hidden = stranger.post("/v1/counts", {"criteria": f"{TYPED}:no"}, "json")
    absent = stranger.post("/v1/counts", {"criteria": "answer.oh.nothing:no"}, "json")
    assert hidden.status_code == absent.status_code == 422
    assert hidden.json()["code"] == absent.json()["code"] == "unknown_field"
    assert (
        hidden.json()["detail"].replace("early_vote_plan", "nothing")
        == absent.json()["detail"]
    )
    revoke(cast.ohio, cast.campaign)
    assert ask(client, f"{TYPED}:no").json()["code"] == "field_not_licensed"
    names = [one["name"] for one in client.get("/v1/fields").json()["results"]]
    assert FIELD not in names


def test_answers_that_a_question_has_not_are_told_with_the_nearest(
    cast: Cast, client_of: ClientOf, question: Question
) -> None:
    client = client_of(cast.campaign)
    wrong = ask(client, f"{TYPED}:undecidd").json()
    assert (wrong["code"], wrong["errors"][0]["code"]) == (
        "criteria_invalid",
        "value_unknown",
    )
    assert wrong["detail"].endswith("Did you mean Undecided?")
    near = ask(client, "answer.oh.early_vote_pln:no").json()
    assert "early_vote_plan" in near["detail"]
    assert ask(client, f"{TYPED}>3").json()["errors"][0]["code"] == "unknown_operator"
    parsed = ask(client, f'{TYPED}:no,"Yes, surely"', "criteria/parse").json()
    assert parsed["text"] == f'{TYPED}:"no","Yes, surely"'
    assert parsed["fields"] == [FIELD]
    assert parsed["groups"] == ["contacts", "registration"]


def test_who_may_only_count_asks_about_no_answers(
    cast: Cast, client_of: ClientOf, question: Question
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["count"])
    client = client_of(cast.stranger)
    for path, criteria, more in (
        ("counts", f"{TYPED}:no", {}),
        ("breakdowns", None, {"by": [FIELD]}),
    ):
        refused = ask(client, criteria, path, **more)
        assert (refused.status_code, refused.json()["code"]) == (
            403,
            "identifying_criteria",
        )


def test_two_questions_of_like_names_are_told_apart(
    cast: Cast, client_of: ClientOf
) -> None:
    for name in ("Yard sign?", "Yard sign!"):
        create_question(
            words={"type": "issue", "name": name, "published_in": "OH"},
            responses=[{"name": "Yes"}],
            by=cast.ohio,
        )
    fields = {
        one["name"]: one
        for one in client_of(cast.ohio).get("/v1/fields").json()["results"]
    }
    assert fields["answer:oh.yard_sign"]["label"] == "Yard sign? (OH)"
    assert fields["answer:oh.yard_sign.2"]["label"] == "Yard sign! (OH)"


def test_state_wide_answers_are_summed_for_their_organization_and_the_pools_readers(
    cast: Cast, client_of: ClientOf, question: Question
) -> None:
    when = "2026-10-30T15:00:00Z"
    push_and_apply(
        cast.outside_group,
        *(
            body(
                voter,
                survey_responses=question.told("outside_group", "No"),
                occurred_at=when,
            )
            for voter in cast.places[1][:2]
        ),
    )
    held = question.told("rival", "Undecided")
    push_and_apply(
        cast.rival, body(cast.places[2][0], survey_responses=held, occurred_at=when)
    )

    def summed(by: Actor, of: str) -> list[tuple[str, str, int]]:
        path = f"/v1/contact-summaries?state=OH&until=2026-11-03&of={of}"
        answers = client_of(by).get(path).json()["state_answers"]
        return [
            (one["question_name"], one["response_name"], one["contacts"])
            for one in answers
        ]

    asked = "Early-vote plan?"
    assert summed(cast.outside_group, "own") == [(asked, "No", 2)]
    for by in (cast.ohio, cast.committee, cast.campaign):
        assert summed(by, "pool") == [(asked, "No", 2)]
        assert summed(by, "own") == []
    assert summed(cast.rival, "own") == [(asked, "Undecided", 1)]
    assert summed(cast.rival, "pool") == []


def test_breakdowns_by_answers_are_left_to_sql(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, question: Question
) -> None:
    build(cast)
    expected = newest(push_answers(cast, question, 4)["outside_group"])
    cells = ask(client_of(cast.committee), None, "breakdowns", by=[FIELD]).json()
    counted = {one["values"][0]: one["count"] for one in cells["states"][0]["cells"]}
    assert counted.pop(None) == 200 - len(expected)
    assert sum(counted.values()) == len(expected)
