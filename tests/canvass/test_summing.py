"""Figures of contacts: exact, of one's own or of the pool, and nothing of a rival's."""

from __future__ import annotations

from typing import Any

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.canvass.amending import retract_contact
from states.canvass.surveys import create_code, create_question
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, machine, push_and_apply, revoke
from tests.cast import Cast, grant

PATH = "/v1/contact-summaries?state=OH&until=2026-11-03"


def of(cast: Cast, who: str, more: str = "") -> Any:
    answer = client_of(cast.everyone[who]).get(PATH + more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_own_contacts_are_summed_by_day_canvasser_result_and_answer(cast: Cast) -> None:
    by, voters = cast.outside_group, cast.places[1]
    question = create_question(
        words={"type": "issue", "name": "Signs"}, responses=[{"name": "Yes"}], by=by
    )
    code = create_code(words={"type": "volunteer", "name": "Driver"}, by=by)
    with acting_as(by, Action.READ):
        yes = question.responses.get()
    answered = [{"question": str(question.id), "response": str(yes.id)}]
    evening = {"occurred_at": "2026-11-02T01:30:00Z", "canvasser": "Bo"}
    push_and_apply(
        by,
        body(voters[0], survey_responses=answered, **evening),
        body(voters[0], activist_codes=[{"code": str(code.id)}], **evening),
        body(voters[1], contact_type="phone", occurred_at="2026-11-01T15:00:00Z"),
    )
    (gone,) = push_and_apply(by, body(voters[2], **evening))
    push_and_apply(by, body(voters[2], occurred_at="2026-09-01T15:00:00Z"))
    retract_contact(contact=gone, event_id="gone", by=machine(by))
    drain()
    found = of(cast, "outside_group")
    assert [
        found[name] for name in ("attempts", "reached", "voters", "voters_reached")
    ] == [3, 2, 2, 1]
    assert found["by_day"] == [
        {"of": "2026-11-01", "attempts": 1, "reached": 0},
        {"of": "2026-11-02", "attempts": 2, "reached": 2},
    ]
    assert found["by_canvasser"] == [
        {"of": "Bo", "attempts": 2, "reached": 2},
        {"of": None, "attempts": 1, "reached": 0},
    ]
    assert {one["of"] for one in found["by_result"]} == {"not_home", "canvassed"}
    assert {one["of"] for one in found["by_contact_type"]} == {"walk", "phone"}
    assert [(one["response_name"], one["contacts"]) for one in found["answers"]] == [
        ("Yes", 1)
    ]
    assert [(one["name"], one["applied"]) for one in found["activist_codes"]] == [
        ("Driver", 1)
    ]
    here = of(cast, "outside_group", "&time_zone=America/New_York")
    assert [one["of"] for one in here["by_day"]] == ["2026-11-01"]


def test_the_pool_is_summed_for_its_readers_without_canvassers(cast: Cast) -> None:
    when = {"occurred_at": "2026-11-01T15:00:00Z", "canvasser": "Bo"}
    push_and_apply(
        cast.outside_group,
        body(cast.places[1][0], **when),
        body(cast.places[2][0], **when),
    )
    push_and_apply(cast.rival, body(cast.places[2][1], **when))
    for who, attempts in {"ohio": 2, "committee": 2, "campaign": 1, "rival": 1}.items():
        found = of(cast, who, "&of=pool")
        assert (found["attempts"], found["by_canvasser"]) == (attempts, []), who
        assert (found["answers"], found["activist_codes"]) == ([], [])
    assert of(cast, "rival")["attempts"] == 1
    assert of(cast, "campaign")["attempts"] == 0
    with acting_as(cast.ohio, Action.MANAGE):
        entries = Entry.objects.filter(
            event="canvass:contact:summed", organization=cast.campaign.organization
        )
        assert [one.rows for one in entries] == [1]


@pytest.mark.parametrize("who", ["stranger", "carolina", "outside_group"])
def test_nobody_sums_up_a_pool_that_it_may_not_read(cast: Cast, who: str) -> None:
    revoke(cast.ohio, cast.outside_group)
    grant(
        "OH",
        cast.ohio,
        cast.outside_group,
        actions=["count", "contribute"],
        pool="at_once",
    )
    answer = client_of(cast.everyone[who]).get(PATH + "&of=pool")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_licensed")


@pytest.mark.parametrize(
    "wrong", ["&time_zone=Nowhere", "&since=2026-11-04", "&since=2001-01-01", "&of=all"]
)
def test_a_question_of_no_sense_is_a_problem(cast: Cast, wrong: str) -> None:
    assert client_of(cast.ohio).get(PATH + wrong).status_code == 422
