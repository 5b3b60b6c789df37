"""The addresses of canvassing, as clients call them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from celery.exceptions import OperationalError
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.scoped_task import Bell
from states.canvass import applying
from states.canvass.tasks import apply_contacts
from states.voters.ids import parse_voter_id, voter_id
from tests.canvass.clients import check_paged, client_of
from tests.canvass.pushes import body, drain, push_and_apply
from tests.cast import Cast


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bells that were rung."""
    rings: list[str] = []
    monkeypatch.setattr(
        "api.v1.contacts.bell.ring", lambda: rings.append("canvass.apply_inbox")
    )
    return rings


def test_pushing_one_contact_answers_202_with_a_receipt_and_an_id(
    cast: Cast,
    pusher: APIClient,
    rung: list[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent = body(cast.places[1][0], canvasser="team 7", support=2)
    with django_capture_on_commit_callbacks(execute=True):
        answer = pusher.post("/v1/contacts", sent, "json")
    assert answer.status_code == 202, answer.json()
    assert rung == ["canvass.apply_inbox"]
    (verdict,) = answer.json()["results"]
    assert (verdict["verdict"], verdict["event_id"]) == ("accepted", sent["event_id"])
    contact = pusher.get(f"/v1/contacts/{verdict['id']}").json()
    assert (contact["status"], contact["result_code"]) == ("queued", "canvassed")
    drain()
    contact = pusher.get(f"/v1/contacts/{verdict['id']}").json()
    assert contact["status"] == "applied"
    assert (contact["support"], contact["canvasser"]) == (2, "team 7")
    receipt = pusher.get(f"/v1/receipts/{answer.json()['receipt']}").json()
    assert receipt["accepted"] == 1
    assert receipt["results"][0]["status"] == "applied"


def test_a_batch_has_a_verdict_for_each_item(cast: Cast, pusher: APIClient) -> None:
    sent = [body(cast.places[1][0]), {"event_id": "x"}, 5, body(uuid4())]
    answer = pusher.post("/v1/contacts", {"contacts": sent}, "json")
    assert answer.status_code == 202
    found = answer.json()
    verdicts = [one["verdict"] for one in found["results"]]
    assert verdicts == ["accepted", "rejected", "rejected", "rejected"]
    assert (found["accepted"], found["rejected"]) == (1, 3)
    assert found["results"][3]["errors"][0]["code"] == "voter_unknown"


def test_a_single_contact_that_is_rejected_is_a_problem(
    cast: Cast, pusher: APIClient
) -> None:
    sent = body(cast.places[1][0])
    assert pusher.post("/v1/contacts", sent, "json").status_code == 202
    again = pusher.post("/v1/contacts", sent, "json")
    assert again.status_code == 202
    assert again.json()["duplicate"] == 1
    other = pusher.post("/v1/contacts", sent | {"contact_type": "phone"}, "json")
    assert other.status_code == 422
    assert other.json()["code"] == "event_id_reused"
    assert other.json()["errors"][0]["pointer"] == "/event_id"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"contacts": []}, 422, "batch_empty"),
        ({"contacts": {}}, 422, "batch_malformed"),
        ({"contacts": [], "more": 1}, 422, "batch_malformed"),
        ({"contacts": [{}] * 1001}, 413, "batch_too_large"),
        ([], 422, "object_required"),
        ({}, 422, "text_invalid"),
    ],
)
def test_a_call_of_no_good_shape_is_a_problem(
    pusher: APIClient, sent: Any, status: int, code: str
) -> None:
    answer = pusher.post("/v1/contacts", sent, "json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_test_credential_keeps_nothing(cast: Cast, rung: list[str]) -> None:
    tester = client_of(cast.outside_group, test=True)
    sent = body(cast.places[1][0])
    answer = tester.post("/v1/contacts", sent, "json").json()
    assert (answer["receipt"], answer["results"][0]["id"]) == (None, None)
    assert answer["accepted"] == 1
    assert drain().applied == 0
    assert rung == []


def test_pushing_and_reading_need_their_permissions(cast: Cast) -> None:
    reader = client_of(cast.outside_group, permissions=[Permission.CONTACTS_READ.value])
    assert reader.post("/v1/contacts", {}, "json").status_code == 403
    writer = client_of(
        cast.outside_group, permissions=[Permission.CONTACTS_WRITE.value]
    )
    assert writer.get("/v1/changes?state=OH").status_code == 403
    assert writer.get(f"/v1/contacts/OH-{uuid4().hex}").status_code == 403


def test_a_contact_that_is_hidden_looks_like_one_that_is_not(cast: Cast) -> None:
    (held,) = push_and_apply(cast.rival, body(cast.places[2][0]))
    absent = f"OH-{uuid4().hex}"
    for reader in (cast.ohio, cast.committee, cast.outside_group, cast.stranger):
        client = client_of(reader)
        answers = [client.get(f"/v1/contacts/{one}") for one in (held, absent)]
        assert {one.status_code for one in answers} == {404}
        bodies = [one.json() | {"request_id": ""} for one in answers]
        assert bodies[0] == bodies[1]
    assert client_of(cast.rival).get(f"/v1/contacts/{held}").status_code == 200
    assert client_of(cast.rival).get("/v1/contacts/nonsense").status_code == 404


def test_a_voters_contacts_are_paged_newest_first_and_pages_never_overlap(
    cast: Cast, pusher: APIClient
) -> None:
    voter = cast.places[1][0]
    told = [
        body(voter, occurred_at=f"2026-11-{day:02d}T10:00:00Z") for day in range(1, 8)
    ]
    ids = push_and_apply(cast.outside_group, *told)
    seen: list[str] = []
    query: dict[str, Any] = {"voter": voter_id("OH", voter), "limit": 3}
    for _ in range(3):
        page = pusher.get("/v1/contacts", query).json()
        seen += [one["id"] for one in page["results"]]
        query["cursor"] = page["next"]
    assert page["next"] is None
    assert seen == list(reversed(ids))


def test_what_was_set_aside_is_listed_for_its_own_and_can_be_replayed(
    cast: Cast, pusher: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = pusher.post("/v1/contacts", body(cast.places[1][0]), "json").json()
    contact = answer["results"][0]["id"]
    with monkeypatch.context() as broken:
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        drain()
    listed = "/v1/contacts/set-aside?state=OH"
    (shown,) = pusher.get(listed).json()["results"]
    assert (shown["id"], shown["status"]) == (contact, "set_aside")
    assert shown["error"] == "DataError 22012"
    owner = client_of(cast.ohio)
    assert owner.get(listed).json()["results"] == []
    assert owner.post(f"/v1/contacts/{contact}/replay").status_code == 404
    assert pusher.post(f"/v1/contacts/{contact}/replay").status_code == 202
    drain()
    assert pusher.get(f"/v1/contacts/{contact}").json()["status"] == "applied"
    assert pusher.get(listed).json()["results"] == []


def test_answers_about_a_states_voters_say_how_fresh_they_are(
    cast: Cast, pusher: APIClient
) -> None:
    asked = f"/v1/contacts?voter={voter_id('OH', cast.places[1][0])}"
    feed = "/v1/changes?state=OH"
    for answer in (pusher.get(asked).json(), pusher.get(feed).json()):
        assert answer["freshness"]["OH"]["file_date"] == "2026-11-01"


def test_reading_the_pool_is_in_the_ledger_and_reading_ones_own_is_not(
    cast: Cast,
) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.outside_group, body(voter))
    asked = f"/v1/contacts?voter={voter_id('OH', voter)}"
    assert len(client_of(cast.outside_group).get(asked).json()["results"]) == 1
    (shown,) = client_of(cast.campaign).get(asked).json()["results"]
    assert "event_id" not in shown
    assert "canvasser" not in shown
    with acting_as(cast.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="canvass:contact:read")
    assert (entry.organization, entry.rows) == (cast.campaign.organization, 1)
    assert len(entry.grants) == 1


def test_a_voters_suppressions_show_kind_and_day_only(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(
        cast.rival,
        body(
            voter,
            result_code="do_not_call",
            occurred_at="2026-11-02T10:00:00Z",
        ),
    )
    asked = f"/v1/suppressions?voter={voter_id('OH', voter)}"
    found = client_of(cast.committee).get(asked).json()
    assert found["suppressions"] == [{"kind": "call", "day": "2026-11-02"}]
    for other in (cast.campaign, cast.stranger):
        assert client_of(other).get(asked).json()["suppressions"] == []


def test_the_owner_sees_sources_and_lifts_by_them(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, result_code="do_not_call"))
    owner = client_of(cast.ohio)
    (said,) = owner.get("/v1/suppression-assertions?state=OH").json()["results"]
    assert said["organization"] == str(cast.rival.organization)
    assert said["source"] == "dialer"
    for other in (cast.committee, cast.outside_group, cast.stranger):
        found = client_of(other).get("/v1/suppression-assertions?state=OH").json()
        assert found["results"] == []
    order = {"state": "OH", "organization": said["organization"], "source": "dialer"}
    assert (
        client_of(cast.rival).post("/v1/suppressions/lift", order, "json").status_code
        == 404
    )
    assert owner.post("/v1/suppressions/lift", order, "json").json() == {"lifted": 1}
    asked = f"/v1/suppressions?voter={voter_id('OH', voter)}"
    assert owner.get(asked).json()["suppressions"] == []


def test_the_owner_confirms_a_death(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, result_code="deceased"))
    owner = client_of(cast.ohio)
    (said,) = owner.get("/v1/suppression-assertions?state=OH").json()["results"]
    address = f"/v1/suppression-assertions/{said['id']}/confirm"
    assert client_of(cast.rival).post(address).status_code == 404
    assert owner.post(address).status_code == 204
    asked = f"/v1/suppressions?voter={voter_id('OH', voter)}"
    kinds = client_of(cast.committee).get(asked).json()["suppressions"]
    assert [one["kind"] for one in kinds] == ["deceased"]


QUESTION = {
    "type": "candidate",
    "name": "Support",
    "responses": [{"name": "Strong", "support": 1}, {"name": "Opposed", "support": 5}],
}


def test_answers_to_ones_own_question_map_to_support(
    cast: Cast, pusher: APIClient
) -> None:
    made = pusher.post("/v1/survey-questions", QUESTION, "json")
    assert made.status_code == 201, made.json()
    question = made.json()
    opposed = question["responses"][1]["id"]
    answer = {"question": question["id"], "response": opposed}
    (contact,) = push_and_apply(
        cast.outside_group, body(cast.places[1][0], survey_responses=[answer])
    )
    own = pusher.get(f"/v1/contacts/{contact}").json()
    assert (own["support"], own["survey_responses"]) == (5, [answer])
    owners = client_of(cast.ohio).get(f"/v1/contacts/{contact}").json()
    assert owners["support"] == 5
    assert "survey_responses" not in owners


def test_anothers_question_and_code_are_unknown_even_to_the_owner(
    cast: Cast, pusher: APIClient
) -> None:
    question = pusher.post("/v1/survey-questions", QUESTION, "json").json()
    code = pusher.post(
        "/v1/activist-codes", {"type": "volunteer", "name": "Sign"}, "json"
    ).json()
    owner = client_of(cast.ohio)
    for address in ("/v1/survey-questions", "/v1/activist-codes"):
        assert len(pusher.get(address).json()["results"]) == 1
        assert owner.get(address).json()["results"] == []
    answer = {"question": question["id"], "response": question["responses"][0]["id"]}
    voter = cast.places[1][0]
    refused_members: list[tuple[dict[str, Any], str]] = [
        ({"survey_responses": [answer]}, "survey_response_unknown"),
        ({"activist_codes": [{"code": code["id"]}]}, "activist_code_unknown"),
    ]
    for members, fault in refused_members:
        refused = owner.post("/v1/contacts", body(voter, **members), "json")
        assert refused.json()["code"] == fault
        taken = pusher.post("/v1/contacts", body(voter, **members), "json")
        assert taken.status_code == 202
    assert owner.delete(f"/v1/survey-questions/{question['id']}").status_code == 404
    assert owner.delete(f"/v1/activist-codes/{code['id']}").status_code == 404
    assert owner.post("/v1/survey-questions", QUESTION, "json").status_code == 201


def test_a_name_counts_once_and_archiving_keeps_it(pusher: APIClient) -> None:
    made = pusher.post("/v1/survey-questions", QUESTION, "json").json()
    again = pusher.post("/v1/survey-questions", QUESTION, "json")
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    archived = pusher.delete(f"/v1/survey-questions/{made['id']}")
    assert archived.json()["status"] == "archived"


def test_reference_data_has_vans_numbers(pusher: APIClient) -> None:
    words = pusher.get("/v1/canvass-codes").json()
    numbers = {one["name"]: one["id"] for one in words["result_codes"]}
    assert (numbers["not_home"], numbers["canvassed"], numbers["do_not_text"]) == (
        1,
        14,
        130,
    )


def test_ids_hold_the_state_and_no_ordinal(cast: Cast) -> None:
    public = push_and_apply(
        cast.outside_group, *(body(voter) for voter in cast.places[1][:2])
    )
    parsed = [parse_voter_id(one) for one in public]
    assert {state for state, _ in parsed} == {"OH"}
    assert {contact.version for _, contact in parsed} == {4}


def test_setting_a_contact_right_through_the_api(
    cast: Cast, pusher: APIClient, rung: list[str]
) -> None:
    (contact,) = push_and_apply(cast.outside_group, body(cast.places[1][0], support=1))
    address = f"/v1/contacts/{contact}"
    told = {"event_id": "fix", "contact_type": "phone", "support": 5}
    for verdict in ("accepted", "duplicate"):
        answer = pusher.post(f"{address}/corrections", told, "json")
        assert (answer.status_code, answer.json()["verdict"]) == (202, verdict)
    drain()
    shown = pusher.get(address).json()
    assert (shown["support"], shown["contact_type"]) == (5, "phone")
    assert shown["corrected_at"]
    faulty = pusher.post(
        f"{address}/corrections", told | {"voter": "x", "event_id": "y"}, "json"
    )
    assert faulty.json()["errors"][0]["pointer"] == "/voter"
    assert pusher.post(f"{address}/corrections", [], "json").status_code == 422
    gone = pusher.post(f"{address}/retractions", {"event_id": "gone"}, "json")
    assert gone.status_code == 202
    receipt = pusher.get(f"/v1/receipts/{gone.json()['receipt']}").json()
    assert [one["status"] for one in receipt["results"]] == ["queued"]
    drain()
    assert pusher.get(address).json()["status"] == "retracted"
    versions = pusher.get(f"{address}/versions").json()["results"]
    check_paged(pusher, f"{address}/versions", versions)
    kinds = [one["kind"] for one in versions]
    assert kinds == ["contact", "correction", "retraction"]
    again = pusher.post(f"{address}/retractions", {"event_id": "again"}, "json")
    assert (again.status_code, again.json()["code"]) == (409, "contact_retracted")
    owner = client_of(cast.ohio)
    for path in (address, f"{address}/versions"):
        assert owner.get(path).status_code == 404
    assert (
        owner.post(f"{address}/retractions", {"event_id": "z"}, "json").status_code
        == 404
    )
    kinds = [one["kind"] for one in owner.get("/v1/changes?state=OH").json()["results"]]
    assert kinds == ["contact", "correction", "retraction"]


def test_a_test_credential_sets_nothing_right(cast: Cast) -> None:
    (contact,) = push_and_apply(cast.outside_group, body(cast.places[1][0]))
    tester = client_of(cast.outside_group, test=True)
    gone = tester.post(f"/v1/contacts/{contact}/retractions", {"event_id": "g"}, "json")
    assert gone.status_code == 202
    assert drain().applied == 0


def test_a_push_is_answered_while_the_broker_is_down(
    cast: Cast,
    pusher: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    bells: list[str] = []

    def broken(*_: Any, **__: Any) -> None:
        bells.append("tried")
        raise OperationalError("no broker")

    monkeypatch.setattr(apply_contacts, "apply_async", broken)
    monkeypatch.setattr("api.v1.contacts.bell", Bell(apply_contacts))
    with django_capture_on_commit_callbacks(execute=True):
        answer = pusher.post("/v1/contacts", body(cast.places[1][0]), "json")
    assert (answer.status_code, bells) == (202, ["tried"])
    assert drain().applied == 1
