"""Questions that a state's party publishes, and the answers that others' own stand for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from coop.actors import Action
from coop.db.scope import acting_as
from states.canvass.amending import correct_contact
from states.canvass.models import SurveyQuestion
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, machine, push, push_and_apply, revoke
from tests.cast import Cast

PATH = "/v1/survey-questions"


def asked(cast: Cast, who: str, name: str, **members: Any) -> dict[str, Any]:
    """Make a question with two answers; return it as the API shows it."""
    maps_to = members.pop("maps_to", [None, None])
    responses = [
        {"name": word, "maps_to": one}
        for word, one in zip(("Yes", "No"), maps_to, strict=True)
    ]
    sent = {"type": "issue", "name": name, "responses": responses} | members
    answer = client_of(cast.everyone[who]).post(PATH, sent, "json")
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def listed(cast: Cast, who: str, more: str = "") -> list[str]:
    answer = client_of(cast.everyone[who]).get(PATH + more).json()
    return [one["name"] for one in answer["results"]]


def test_a_published_question_is_known_to_all_who_work_in_the_state(cast: Cast) -> None:
    asked(cast, "ohio", "Early vote plan", published_in="OH")
    asked(cast, "ohio", "Our own")
    for who in ("ohio", "committee", "campaign", "rival", "outside_group"):
        assert listed(cast, who, "?published_in=OH") == ["Early vote plan"], who
    for who in ("carolina", "stranger"):
        assert listed(cast, who, "?published_in=OH") == [], who
    assert listed(cast, "campaign") == []
    revoke(cast.ohio, cast.campaign)
    assert listed(cast, "campaign", "?published_in=OH") == []


def test_questions_and_codes_are_searched_by_a_part_of_their_name(cast: Cast) -> None:
    asked(cast, "ohio", "Early vote plan")
    asked(cast, "ohio", "Yard sign")
    assert listed(cast, "ohio", "?search=VOTE") == ["Early vote plan"]
    assert listed(cast, "ohio", "?search=%25") == []
    client = client_of(cast.ohio)
    client.post("/v1/activist-codes", {"type": "x", "name": "Driver"}, "json")
    found = client.get("/v1/activist-codes?search=driv").json()["results"]
    assert [one["name"] for one in found] == ["Driver"]


@pytest.mark.parametrize("who", ["campaign", "carolina", "stranger"])
def test_nobody_publishes_in_anothers_state(cast: Cast, who: str) -> None:
    sent = {
        "type": "x",
        "name": "x",
        "published_in": "OH",
        "responses": [{"name": "Yes"}],
    }
    answer = client_of(cast.everyone[who]).post(PATH, sent, "json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_state_owner")
    question = asked(cast, who, "Mine")
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(cast.everyone[who], Action.MANAGE),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE canvass_survey_question SET published_in = 'OH' WHERE id = %s",
            [question["id"]],
        )


def test_a_published_question_is_its_partys_to_archive(cast: Cast) -> None:
    question = asked(cast, "ohio", "Early vote plan", published_in="OH")
    path = f"{PATH}/{question['id']}"
    assert client_of(cast.campaign).delete(path).status_code == 404
    assert client_of(cast.ohio).delete(path).json()["status"] == "archived"


def test_an_answer_maps_to_one_that_is_published_to_its_organization(
    cast: Cast,
) -> None:
    own = asked(cast, "ohio", "Our own")
    for unknown in (own["responses"][0]["id"], str(uuid4())):
        sent = {
            "type": "x",
            "name": "x",
            "responses": [{"name": "Yes", "maps_to": unknown}],
        }
        answer = client_of(cast.ohio).post(PATH, sent, "json")
        assert (answer.status_code, answer.json()["code"]) == (
            422,
            "survey_response_unknown",
        )


def test_a_pooled_contact_carries_what_its_answers_stand_for(cast: Cast) -> None:
    state = asked(cast, "ohio", "Early vote plan", published_in="OH")
    yes, no = (one["id"] for one in state["responses"])
    own = asked(cast, "outside_group", "Will you go early?", maps_to=[yes, no])
    answers = [{"question": own["id"], "response": own["responses"][0]["id"]}]
    direct = [{"question": state["id"], "response": no}]
    voters = cast.places[1]
    mapped, straight, plain = push_and_apply(
        cast.outside_group,
        body(voters[0], survey_responses=answers),
        body(voters[1], survey_responses=direct),
        body(voters[2]),
    )
    reader = client_of(cast.campaign)
    shown = reader.get(f"/v1/contacts/{mapped}").json()
    assert shown["state_answers"] == [{"question": state["id"], "response": yes}]
    assert "survey_responses" not in shown
    assert reader.get(f"/v1/contacts/{straight}").json()["state_answers"] == [
        {"question": state["id"], "response": no}
    ]
    assert reader.get(f"/v1/contacts/{plain}").json()["state_answers"] == []
    answers[0]["response"] = own["responses"][1]["id"]
    fix = {"event_id": "fix", "contact_type": "walk", "survey_responses": answers}
    correct_contact(contact=mapped, told=fix, by=machine(cast.outside_group))
    drain()
    shown = reader.get(f"/v1/contacts/{mapped}").json()
    assert shown["state_answers"] == [{"question": state["id"], "response": no}]


def test_a_question_published_elsewhere_is_nobodys_to_answer(cast: Cast) -> None:
    other = asked(cast, "carolina", "Early vote plan", published_in="NC")
    answers = [{"question": other["id"], "response": other["responses"][0]["id"]}]
    pushed = push(cast.outside_group, body(cast.places[1][0], survey_responses=answers))
    assert pushed.verdicts[0].faults[0].code == "survey_response_unknown"
    with acting_as(cast.outside_group, Action.READ):
        assert not SurveyQuestion.objects.exists()
