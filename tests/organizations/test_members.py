"""Who joins, who changes whose role, and that an organization keeps an owner."""

from __future__ import annotations

import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from coop.actors import OPERATOR, Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, Gone, Invalid, NotFound
from coop.ledger.models import Entry
from coop.organizations import actions
from coop.organizations.access import memberships
from coop.organizations.models import Invitation, Member, Organization, Person, Role
from tests.organizations.people import NEWCOMER, enroll, founded, joined


def events(actor: Actor) -> list[str]:
    with acting_as(actor, Action.MANAGE):
        return list(Entry.objects.order_by("at").values_list("event", flat=True))


def member_of(actor: Actor) -> Member:
    with acting_as(actor, Action.MANAGE):
        return Member.objects.get(person_id=actor.principal)


def test_the_first_owner_joins_by_the_operators_invitation(
    owner: Actor, organization: Organization
) -> None:
    assert memberships(owner.principal) == [(organization.id, "owner")]
    assert "organizations:member:joined" in events(owner)


def test_the_operator_cannot_invite_into_an_organization_that_has_a_member(
    organization: Organization, owner: Actor
) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        actions.invite_first_owner(
            organization=organization.id, email="operator@example.org", by=OPERATOR
        )


def test_an_invited_person_joins_with_the_role_offered(
    owner: Actor, organization: Organization
) -> None:
    analyst = joined(owner, organization, "analyst@example.org", Role.ANALYST)

    assert memberships(analyst.principal) == [(organization.id, "analyst")]


def test_a_token_works_once(owner: Actor, organization: Organization) -> None:
    _invitation, token = actions.invite_member(
        email="new@example.org", role=Role.VIEWER, by=owner
    )
    enroll(token)

    with pytest.raises(Gone):
        enroll(token)


def test_a_token_is_for_the_invited_address_alone(
    owner: Actor, outsider: Actor
) -> None:
    _invitation, token = actions.invite_member(
        email="new@example.org", role=Role.OWNER, by=owner
    )
    other = Person.objects.get(id=outsider.principal)

    with pytest.raises(Gone):
        actions.accept_invitation(token=token, person=other, by=NEWCOMER)
    assert len(memberships(other.id)) == 1


def test_an_invitation_expires_after_a_week(owner: Actor) -> None:
    _invitation, token = actions.invite_member(
        email="new@example.org", role=Role.VIEWER, by=owner
    )
    with acting_as(owner, Action.MANAGE):
        Invitation.objects.filter(email="new@example.org").update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )

    with pytest.raises(Gone):
        enroll(token)


def test_a_withdrawn_invitation_is_over_and_cannot_be_withdrawn_again(
    owner: Actor,
) -> None:
    invitation, token = actions.invite_member(
        email="new@example.org", role=Role.VIEWER, by=owner
    )
    actions.withdraw_invitation(invitation=invitation.id, by=owner)

    with pytest.raises(Gone):
        enroll(token)
    with pytest.raises(Conflict):
        actions.withdraw_invitation(invitation=invitation.id, by=owner)


def test_a_member_is_not_invited_again(owner: Actor) -> None:
    with pytest.raises(Conflict) as raised:
        actions.invite_member(email="Owner@example.org", role=Role.VIEWER, by=owner)
    assert raised.value.code == "already_a_member"


def test_an_address_must_be_one(owner: Actor) -> None:
    with pytest.raises(Invalid) as raised:
        actions.invite_member(email="nobody", role=Role.VIEWER, by=owner)
    assert raised.value.faults[0].pointer == "/email"


def test_nobody_gives_a_role_beyond_their_own(
    owner: Actor, organization: Organization
) -> None:
    manager = joined(owner, organization, "manager@example.org", Role.DATA_MANAGER)

    with pytest.raises(Denied) as raised:
        actions.invite_member(email="x@example.org", role=Role.OWNER, by=manager)
    assert raised.value.code == "permission_beyond_own"
    with pytest.raises(Denied):
        actions.change_role(member=member_of(owner).id, role=Role.VIEWER, by=manager)
    with pytest.raises(Denied):
        actions.remove_member(member=member_of(owner).id, by=manager)


def test_the_last_owner_stays(owner: Actor, organization: Organization) -> None:
    member = member_of(owner)

    with pytest.raises(Conflict):
        actions.remove_member(member=member.id, by=owner)
    with pytest.raises(Conflict):
        actions.change_role(member=member.id, role=Role.ANALYST, by=owner)


def test_an_owner_may_go_where_another_stays(
    owner: Actor, organization: Organization
) -> None:
    second = joined(owner, organization, "second@example.org", Role.OWNER)

    actions.remove_member(member=member_of(owner).id, by=second)

    assert memberships(owner.principal) == []
    assert events(second)[-1] == "organizations:member:removed"


def test_a_role_change_is_written_down(
    owner: Actor, organization: Organization
) -> None:
    viewer = joined(owner, organization, "viewer@example.org", Role.VIEWER)

    actions.change_role(member=member_of(viewer).id, role=Role.ANALYST, by=owner)

    assert memberships(viewer.principal) == [(organization.id, "analyst")]
    with acting_as(owner, Action.MANAGE):
        entry = Entry.objects.get(event="organizations:member:changed")
    assert entry.detail == {"from": "viewer", "to": "analyst"}


def test_members_of_another_organization_are_not_there(
    owner: Actor, outsider: Actor
) -> None:
    theirs = member_of(outsider).id

    for unknown in (theirs, uuid.uuid4()):
        with pytest.raises(NotFound):
            actions.change_role(member=unknown, role=Role.VIEWER, by=owner)
        with pytest.raises(NotFound):
            actions.remove_member(member=unknown, by=owner)


def test_an_act_that_cannot_be_accounted_for_does_not_happen(owner: Actor) -> None:
    with (
        mock.patch("coop.organizations.actions.record", side_effect=DatabaseError),
        pytest.raises(DatabaseError),
    ):
        actions.invite_member(email="new@example.org", role=Role.VIEWER, by=owner)

    with acting_as(owner, Action.MANAGE):
        assert not Invitation.objects.filter(email="new@example.org").exists()


def test_a_person_may_belong_to_two_organizations(
    owner: Actor, outsider: Actor, organization: Organization
) -> None:
    person = Person.objects.get(id=outsider.principal)
    _invitation, token = actions.invite_member(
        email=person.email, role=Role.VIEWER, by=owner
    )
    with pytest.raises(Conflict):
        enroll(token)

    actions.accept_invitation(token=token, person=person, by=outsider)

    assert len(memberships(person.id)) == 2


def test_founding_twice_under_one_name_fails(owner: Actor) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        founded("Campaign for the River Ward", "again@example.org")
