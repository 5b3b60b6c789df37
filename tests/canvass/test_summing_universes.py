"""Contacts summed over a universe: exact, of voters who may be read, and only by licensed fields."""

from __future__ import annotations

from typing import Any

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.voters.models import Registration
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast, grant

WHERE = "/v1/contact-summaries"
ASKED = {"state": "OH", "until": "2026-11-03"}


def ask(cast: Cast, who: str, **more: Any) -> tuple[int, Any]:
    answer = client_of(cast.everyone[who]).post(WHERE, ASKED | more, "json")
    return answer.status_code, answer.json()


@pytest.fixture
def contacted(cast: Cast) -> Cast:
    """The outside group has been at all voters of two places, on one day."""
    when = {"occurred_at": "2026-11-01T15:00:00Z"}
    voters = [*cast.places[1], *cast.places[2]]
    push_and_apply(cast.outside_group, *(body(one, **when) for one in voters))
    return cast


def democrats(cast: Cast, *places: int) -> int:
    with acting_as(cast.ohio, Action.READ):
        found = Registration.objects.filter(state="OH", party="D", place__in=places)
        return found.count()


def test_criteria_choose_among_own_contacts_and_the_pool(contacted: Cast) -> None:
    both, third = democrats(contacted, 1, 2), democrats(contacted, 1)
    assert 0 < third < both
    for who, of, right in (
        ("outside_group", "own", both),
        ("outside_group", "pool", both),
        ("ohio", "pool", both),
        ("committee", "pool", both),
        ("campaign", "pool", third),
        ("campaign", "own", 0),
    ):
        status, told = ask(contacted, who, of=of, criteria="party:D")
        assert status == 200, told
        assert (told["attempts"], told["voters"]) == (right, right), (who, of)
    everyone = ask(contacted, "ohio", of="pool")[1]
    assert everyone["attempts"] == 80
    named = {"field": "last_name", "op": "prefix", "value": "%SMI"}
    assert ask(contacted, "ohio", of="pool", criteria=named)[1]["attempts"] == 0


def test_each_use_is_in_the_owners_account(contacted: Cast) -> None:
    ask(contacted, "campaign", of="pool", criteria="party:D")
    with acting_as(contacted.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="targeting:universe:counted")
    assert entry.organization == contacted.campaign.organization
    assert entry.fields == ["party"]
    assert entry.rows == democrats(contacted, 1)


def test_nothing_is_summed_by_what_is_not_licensed(contacted: Cast) -> None:
    born = {"field": "age", "op": "gte", "value": 30}
    status, told = ask(contacted, "outside_group", criteria=born)
    assert (status, told["code"]) == (403, "field_not_licensed")
    for who in ("stranger", "carolina"):
        status, told = ask(contacted, who, criteria="party:D")
        assert (status, told["code"]) == (403, "field_not_licensed"), who
    revoke(contacted.ohio, contacted.outside_group)
    terms = {"actions": ["count", "contribute"], "pool": "at_once"}
    grant("OH", contacted.ohio, contacted.outside_group, **terms)
    status, told = ask(contacted, "outside_group", criteria="party:D")
    assert (status, told["code"]) == (403, "field_not_licensed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"criteria": {"field": "nobody", "op": "eq", "value": 1}},
        {"criteria": "party:"},
        {"since": "2001-01-01"},
        {"list": 1},
    ],
)
def test_a_question_of_no_sense_is_a_problem(cast: Cast, wrong: dict[str, Any]) -> None:
    assert ask(cast, "ohio", **wrong)[0] == 422
