"""What a state's policy and plain sense let a party offer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Conflict, CoopError, Denied, Invalid, NotFound
from coop.grants import actions, rules
from coop.grants.terms import Geography
from coop.jurisdictions.actions import review_policy
from coop.jurisdictions.models import State, StatePolicy
from coop.ledger.models import Entry
from coop.organizations.models import Organization
from tests.cast import Cast
from tests.grants.test_life import offered, terms


def review(cast: Cast, **changed: Any) -> None:
    values: dict[str, Any] = {
        "state": "OH",
        "purposes": ["election"],
        "recipients": ["outside_group"],
        "resharing": True,
        "by": cast.ohio,
    }
    review_policy(**(values | changed))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"purposes": ["political"]}, "purpose"),
        ({"recipients": ["campaign"]}, "outside_group"),
        ({"resharing": False}, "shared on"),
    ],
)
def test_an_offer_that_breaks_the_policy_is_denied(
    cast: Cast, changed: dict[str, Any], why: str
) -> None:
    review(cast)
    offered(cast)
    review(cast, **changed)
    with pytest.raises(Denied, match=f"policy_forbids.*{why}"):
        offered(cast)
    asked = actions.request_grant(state="OH", terms=terms(), by=cast.stranger)
    with pytest.raises(Denied, match="policy_forbids"):
        actions.answer_request(grant=asked.id, by=cast.ohio)


def test_nothing_may_be_offered_before_the_policy_is_reviewed(cast: Cast) -> None:
    policy = StatePolicy(state_id="OH", resharing=True, purposes=["election"])
    recipient = Organization(kind="campaign")
    with pytest.raises(Denied, match="not been reviewed"):
        rules.check_offer_follows_policy(terms(), policy=policy, recipient=recipient)


def test_an_attestation_is_asked_for_and_recorded(cast: Cast) -> None:
    review(cast, attestation="I will not sell it.")
    grant = offered(cast)
    with pytest.raises(Denied) as caught:
        actions.accept_grant(grant=grant.id, by=cast.stranger)
    assert caught.value.code == "attestation_needed"
    assert caught.value.extra == {"attestation": "I will not sell it."}
    actions.accept_grant(grant=grant.id, attested=True, by=cast.stranger)
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(subject=str(grant.id), event="grants:grant:accepted")
    assert entry.detail["attested"] is True


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ({"grantee": uuid4()}, Invalid),
        ({"state": "ZZ"}, NotFound),
        ({"state": "NC"}, Denied),
        ({"terms": {"geography": Geography(counties=(37183,))}}, Invalid),
    ],
)
def test_an_offer_that_makes_no_sense(
    cast: Cast, attempt: dict[str, Any], error: type[CoopError]
) -> None:
    given: dict[str, Any] = {
        "state": "OH",
        "grantee": cast.stranger.organization,
        "by": cast.ohio,
    }
    given |= attempt | {"terms": terms(**attempt.get("terms", {}))}
    with pytest.raises(error):
        actions.offer_grant(**given)


def test_a_state_without_an_owner_cannot_be_asked(cast: Cast) -> None:
    with pytest.raises(Conflict, match="state_not_open"):
        actions.request_grant(
            state="TX",
            terms=terms(geography=Geography(whole_state=True)),
            by=cast.stranger,
        )


def test_kinds_of_place_that_the_file_does_not_carry_cannot_be_granted() -> None:
    state = State(code="TX", place_kinds=["county"])
    with pytest.raises(Invalid) as caught:
        rules.check_place_kinds(terms(), state=state)
    assert [fault.pointer for fault in caught.value.faults] == [
        "/geography/us_house_districts"
    ]


def test_every_statement_reads_committed_rows(cast: Cast) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
