"""States, their policies and places: whose word it is, and words that several apps must spell alike."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Denied, Invalid, NotFound
from coop.grants.terms import FieldGroup
from coop.jurisdictions.access import get_policy, get_state
from coop.jurisdictions.actions import review_policy
from coop.jurisdictions.models import State, StatePolicy
from coop.jurisdictions.queries import all_states, counties_outside, state_owned_by
from coop.jurisdictions.rules import RECIPIENTS
from coop.ledger.models import Entry
from coop.organizations.models import OrganizationKind
from states.fields.definition import Group
from tests.cast import Cast


def review(cast: Cast, **changed: Any) -> StatePolicy:
    values: dict[str, Any] = {
        "state": "OH",
        "purposes": ["political", "election", "election"],
        "recipients": ["campaign"],
        "resharing": True,
        "citation": "R.C. 3503.13",
        "by": cast.ohio,
    }
    return review_policy(**(values | changed))


def policy_of(cast: Cast, state: str) -> StatePolicy:
    with acting_as(cast.stranger, Action.MANAGE):
        return get_policy(get_state(state))


def test_a_review_holds_and_is_in_the_account(cast: Cast) -> None:
    before = policy_of(cast, "OH").reviewed_at
    reviewed = review(cast)
    seen = policy_of(cast, "OH")
    assert (seen.purposes, seen.recipients) == (["election", "political"], ["campaign"])
    assert seen.reviewed_at == reviewed.reviewed_at != before
    assert seen.reviewed_by == cast.ohio.principal
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="jurisdictions:policy:reviewed")
    assert entry.state == "OH"
    assert entry.detail["purposes"] == ["election", "political"]
    assert entry.detail["attestation_needed"] is False


def test_a_review_and_its_account_happen_together_or_not_at_all(cast: Cast) -> None:
    before = policy_of(cast, "OH").reviewed_at
    with (
        patch("coop.jurisdictions.actions.record", side_effect=DatabaseError("full")),
        pytest.raises(DatabaseError, match="full"),
    ):
        review(cast)
    assert policy_of(cast, "OH").reviewed_at == before


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"state": "NC"}, Denied, "not_state_owner"),
        ({"state": "TX"}, Denied, "not_state_owner"),
        ({"state": "ZZ"}, NotFound, "not_found"),
        ({"state": "O\0"}, NotFound, "not_found"),
        ({"purposes": ["fun"]}, Invalid, "policy_invalid"),
        ({"recipients": ["anyone"]}, Invalid, "policy_invalid"),
        ({"citation": "x" * 20_001}, Invalid, "policy_invalid"),
        ({"attestation": "a\0b"}, Invalid, "policy_invalid"),
    ],
)
def test_a_review_that_cannot_be(
    cast: Cast, changed: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code):
        review(cast, **changed)


def test_an_unreviewed_state_allows_nothing(cast: Cast) -> None:
    policy = policy_of(cast, "TX")
    assert (policy.reviewed_at, policy.resharing, policy.purposes) == (None, False, [])


def test_states_and_counties_are_found(cast: Cast) -> None:
    assert all_states().count() == 51
    owned = state_owned_by(cast.ohio.organization)
    assert owned is not None
    assert owned.code == "OH"
    assert state_owned_by(cast.stranger.organization) is None
    assert counties_outside(owned, [39049, 37183, 1]) == {37183, 1}
    assert State.objects.get(code="OH").shielded_place == -39


def test_apps_that_may_not_import_each_other_spell_alike() -> None:
    assert list(RECIPIENTS) == OrganizationKind.values
    granted = {one.value for one in set(Group) - {Group.SCORES}}
    assert {one.value for one in FieldGroup} == granted
