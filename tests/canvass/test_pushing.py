"""Each pushed contact is judged by itself, and an event id counts once, for ever."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Invalid, TooLarge
from coop.ledger.models import Entry
from states.canvass.actions import Outcome, push_contacts
from states.canvass.items import parse_item
from states.canvass.models import InboxItem, Receipt
from tests.canvass.pushes import body, machine, push, revoke
from tests.cast import Cast, numbers_of, voter_uuid


def _only_fault(pushed: Any) -> tuple[str, str]:
    (verdict,) = pushed.verdicts
    assert verdict.outcome is Outcome.REJECTED
    (fault,) = verdict.faults
    return fault.code, fault.pointer


def test_a_good_contact_is_accepted_with_an_id_of_its_state(cast: Cast) -> None:
    pushed = push(cast.outside_group, body(cast.places[1][0]))
    assert pushed.verdicts[0].outcome is Outcome.ACCEPTED
    assert str(pushed.verdicts[0].contact).startswith("OH-")
    with acting_as(cast.outside_group, Action.READ):
        row = InboxItem.objects.get(state="OH")
        receipt = Receipt.objects.get()
    assert (row.status, row.pooled, row.source) == ("queued", True, "dialer")
    assert (receipt.accepted, receipt.duplicate, receipt.rejected) == (1, 0, 0)


def test_a_bad_item_does_not_lose_the_good_ones(cast: Cast) -> None:
    good, bad = body(cast.places[1][0]), body(cast.places[1][1], contact_type="pigeon")
    pushed = push(cast.outside_group, good, bad, body(cast.places[1][2]))
    outcomes = [verdict.outcome.value for verdict in pushed.verdicts]
    assert outcomes == ["accepted", "rejected", "accepted"]
    assert pushed.verdicts[1].faults[0].pointer == "/contact_type"


def test_the_voter_may_be_named_by_the_states_own_id(cast: Cast) -> None:
    number = numbers_of(2)[0]
    about = {"state": "OH", "state_voter_id": f"OH{number:011d}"}
    push(cast.outside_group, body(cast.places[2][0]) | {"voter": about})
    with acting_as(cast.outside_group, Action.READ):
        assert InboxItem.objects.get(state="OH").voter == cast.places[2][0]


@pytest.mark.parametrize(
    "whom", ["absent", "outside the grant", "shielded", "of a state not licensed"]
)
def test_absent_uncovered_and_protected_voters_look_the_same(
    cast: Cast, whom: str
) -> None:
    voters = {
        "absent": ("OH", uuid4()),
        "outside the grant": ("OH", cast.places[1][0]),
        "shielded": ("OH", voter_uuid("OH", 1)),
        "of a state not licensed": ("NC", cast.places[6][0]),
    }
    state, voter = voters[whom]
    pushed = push(cast.rival, body(voter, state))
    assert _only_fault(pushed) == ("voter_unknown", "/voter")
    detail = pushed.verdicts[0].faults[0].detail
    assert detail == "There is no such voter, or none that you may contribute to."


def test_a_reader_without_contribute_may_push_nothing(cast: Cast) -> None:
    pushed = push(cast.campaign, body(cast.places[1][0]))
    assert _only_fault(pushed) == ("voter_unknown", "/voter")


def test_the_same_event_again_returns_the_same_id(cast: Cast) -> None:
    once = body(cast.places[1][0])
    first, again = push(cast.outside_group, once), push(cast.outside_group, once)
    assert again.verdicts[0].outcome is Outcome.DUPLICATE
    assert again.verdicts[0].contact == first.verdicts[0].contact
    with acting_as(cast.outside_group, Action.READ):
        assert InboxItem.objects.filter(state="OH").count() == 1


def test_the_same_event_with_another_body_is_that_items_fault(cast: Cast) -> None:
    once = body(cast.places[1][0])
    push(cast.outside_group, once)
    pushed = push(cast.outside_group, once | {"result_code": "busy"})
    assert _only_fault(pushed) == ("event_id_reused", "/event_id")


def test_an_event_twice_in_one_call_counts_once(cast: Cast) -> None:
    once = body(cast.places[1][0])
    other = once | {"result_code": "busy"}
    pushed = push(cast.outside_group, once, dict(once), other)
    outcomes = [verdict.outcome.value for verdict in pushed.verdicts]
    assert outcomes == ["accepted", "duplicate", "rejected"]
    assert pushed.verdicts[0].contact == pushed.verdicts[1].contact


def test_event_ids_of_two_sources_and_two_organizations_never_meet(cast: Cast) -> None:
    same = {"event_id": "1"}
    first = push(cast.outside_group, body(cast.places[2][0], **same))
    rival = push(cast.rival, body(cast.places[2][1], **same))
    app = machine(cast.outside_group, source="door app")
    other = push_contacts(items=[body(cast.places[2][2], **same)], by=app)
    outcomes = {one.verdicts[0].outcome for one in (first, rival, other)}
    assert outcomes == {Outcome.ACCEPTED}


def test_a_retry_after_a_revocation_still_learns_its_id(cast: Cast) -> None:
    once = body(cast.places[1][0])
    first = push(cast.outside_group, once)
    revoke(cast.ohio, cast.outside_group)
    again = push(cast.outside_group, once, body(cast.places[1][1]))
    assert again.verdicts[0].contact == first.verdicts[0].contact
    assert again.verdicts[1].faults[0].code == "voter_unknown"


def test_a_test_credential_validates_everything_and_keeps_nothing(cast: Cast) -> None:
    tester = replace(machine(cast.outside_group), test=True)
    items = [body(cast.places[1][0]), body(uuid4())]
    pushed = push_contacts(items=items, by=tester)
    outcomes = [verdict.outcome.value for verdict in pushed.verdicts]
    assert (outcomes, pushed.receipt) == (["accepted", "rejected"], None)
    with acting_as(cast.outside_group, Action.READ):
        assert not InboxItem.objects.filter(state="OH").exists()
        assert not Receipt.objects.exists()
    assert (
        push_contacts(items=items[:1], by=machine(cast.outside_group))
        .verdicts[0]
        .outcome
        is Outcome.ACCEPTED
    )


def test_the_owner_reads_in_the_ledger_what_is_pooled_and_not_what_is_held(
    cast: Cast,
) -> None:
    push(cast.outside_group, body(cast.places[2][0]), body(cast.places[2][1]))
    push(cast.rival, body(cast.places[2][2]))
    with acting_as(cast.ohio, Action.MANAGE):
        pushed = Entry.objects.filter(event="canvass:contact:pushed")
        seen = list(pushed.values_list("organization", "state", "rows"))
    assert seen == [(cast.outside_group.organization, "OH", 2)]
    with acting_as(cast.rival, Action.MANAGE):
        own = Entry.objects.get(event="canvass:contact:pushed")
    assert (own.rows, own.detail) == (1, {"held_in": "OH"})


def test_an_empty_or_too_large_call_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid, match="batch_empty"):
        push(cast.outside_group)
    with pytest.raises(TooLarge, match="batch_too_large"):
        push_contacts(items=[{}] * 1001, by=machine(cast.outside_group))


VOTER = uuid4()


@pytest.mark.parametrize(
    ("members", "code", "pointer"),
    [
        ({"event_id": ""}, "text_invalid", "/event_id"),
        ({"event_id": None}, "text_invalid", "/event_id"),
        ({"event_id": "a\x00b"}, "text_invalid", "/event_id"),
        ({"event_id": "x" * 201}, "text_invalid", "/event_id"),
        ({"voter": "OH-12"}, "voter_id_invalid", "/voter"),
        ({"voter": 5}, "voter_required", "/voter"),
        (
            {"voter": {"state": "ohio", "state_voter_id": "1"}},
            "voter_required",
            "/voter",
        ),
        ({"contact_type": None}, "code_unknown", "/contact_type"),
        ({"contact_type": True}, "code_unknown", "/contact_type"),
        ({"input_type": 99}, "code_unknown", "/input_type"),
        ({"result_code": "fine"}, "code_unknown", "/result_code"),
        ({"result_code": None}, "code_unknown", "/result_code"),
        ({"support": 6, "result_code": 1}, "support_invalid", "/support"),
        ({"support": 2, "result_code": 1}, "result_with_responses", "/result_code"),
        ({"phone": "614 555 0100"}, "phone_invalid", "/phone"),
        ({"suppressions": ["mail"]}, "suppression_unknown", "/suppressions"),
        ({"suppressions": "call"}, "suppression_unknown", "/suppressions"),
        ({"suppressions": [{}]}, "suppression_unknown", "/suppressions"),
        ({"survey_responses": [{}]}, "id_malformed", "/survey_responses/0"),
        ({"survey_responses": {}}, "list_invalid", "/survey_responses"),
        ({"activist_codes": [5]}, "id_malformed", "/activist_codes/0"),
        ({"occurred_at": "yesterday"}, "time_invalid", "/occurred_at"),
        ({"occurred_at": "2026-02-30T10:00:00Z"}, "time_invalid", "/occurred_at"),
        ({"occurred_at": "2026-11-01T10:00:00"}, "time_invalid", "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "time_invalid", "/occurred_at"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "time_in_future", "/occurred_at"),
        ({"canvasser": "a\nb"}, "text_invalid", "/canvasser"),
        ({"mood": "good"}, "unknown_field", "/mood"),
    ],
)
def test_every_fault_has_a_code_and_a_pointer(
    members: dict[str, Any], code: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        parse_item(body(VOTER) | members, now=timezone.now())
    assert [(one.code, one.pointer) for one in caught.value.faults] == [(code, pointer)]


@pytest.mark.parametrize("raw", [None, 5, "text", [], [{}]])
def test_what_is_no_object_is_no_contact(raw: object) -> None:
    with pytest.raises(Invalid) as caught:
        parse_item(raw, now=timezone.now())
    assert caught.value.faults[0].code == "object_required"


def test_a_clock_that_runs_ahead_is_set_back_to_the_time_of_receipt() -> None:
    now = timezone.now()
    ahead = (now + dt.timedelta(hours=3)).isoformat()
    assert parse_item(body(VOTER, occurred_at=ahead), now=now).event_time == now


@pytest.mark.parametrize("given", [14, "Canvassed", "canvassed", "CANVASSED"])
def test_codes_are_known_by_number_and_by_name(given: object) -> None:
    item = parse_item(body(VOTER, result_code=given), now=timezone.now())
    assert item.body["result_code"] == 14


def test_responses_imply_canvassed() -> None:
    item = parse_item(body(VOTER, support=2), now=timezone.now())
    assert (item.body["result_code"], item.body["support"]) == (14, 2)


def test_a_twin_of_a_rejected_contact_is_rejected_as_well(cast: Cast) -> None:
    sent = body(cast.places[6][0], state="NC")
    pushed = push(cast.outside_group, sent, sent, {**sent, "contact_type": "phone"})
    outcomes = [verdict.outcome for verdict in pushed.verdicts]
    assert outcomes == [Outcome.REJECTED] * 3
    codes = [verdict.faults[0].code for verdict in pushed.verdicts]
    assert codes == ["voter_unknown", "voter_unknown", "event_id_reused"]
    assert {verdict.contact for verdict in pushed.verdicts} == {None}


def test_a_twin_of_a_known_contact_is_answered_the_known_id(cast: Cast) -> None:
    sent = body(cast.places[1][0])
    first = push(cast.outside_group, sent).verdicts[0]
    again = push(cast.outside_group, sent, sent)
    assert {one.outcome for one in again.verdicts} == {Outcome.DUPLICATE}
    assert {one.contact for one in again.verdicts} == {first.contact}
    assert [one.index for one in again.verdicts] == [0, 1]
