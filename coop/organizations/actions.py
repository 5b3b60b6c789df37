"""Founding organizations, and every change to who may act for them as a person.

The keys of machines are in `credential_actions`.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connections, transaction
from django.utils import timezone

from coop.actors import Action, Actor, PrincipalKind
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault, Gone, Invalid
from coop.ledger.actions import record
from coop.ledger.events import Event
from coop.organizations.access import (
    get_invitation,
    get_member,
    invited_address,
    memberships,
)
from coop.organizations.keys import new_token, token_hash
from coop.organizations.models import (
    Invitation,
    Member,
    Organization,
    OrganizationKind,
    Person,
    Role,
)
from coop.organizations.rules import (
    INVITATION_LASTS,
    ROLE_PERMISSIONS,
    check_may_give,
)


def found_organization(*, kind: OrganizationKind, name: str, by: Actor) -> Organization:
    """Enter a new member into the co-op's directory: an operator's act."""
    with acting_as(by, Action.OPERATE):
        group = Group.objects.create(name=name)
        organization = Organization(
            kind=kind, name=name, group=group, created_at=timezone.now()
        )
        organization.save(force_insert=True)
        record(
            Event.ORGANIZATION_FOUNDED,
            by=by,
            subject=organization.id,
            detail={"kind": kind},
        )
    return organization


def invite_first_owner(
    *, organization: UUID, email: str, by: Actor
) -> tuple[Invitation, str]:
    """Invite the first owner of an organization that has no member: an operator's act.

    Returns the invitation and its token, which is shown once. The database refuses where
    there is a member already, so that no operator can let himself in.
    """
    invitation, token = _new_invitation(organization, email, Role.OWNER, by)
    with acting_as(by, Action.OPERATE):
        invitation.save(force_insert=True)
        _record_invited(invitation, by)
    return invitation, token


def invite_member(*, email: str, role: Role, by: Actor) -> tuple[Invitation, str]:
    """Offer membership in the caller's organization to an e-mail address.

    Returns the invitation and its token, which is shown once. Raises `Denied` for a role
    beyond the inviter's own, `Conflict` where the address belongs to a member.
    """
    check_may_give(by, ROLE_PERMISSIONS[role])
    invitation, token = _new_invitation(by.organization, email, role, by)
    with acting_as(by, Action.MANAGE):
        if Member.objects.filter(person__email=invitation.email).exists():
            raise Conflict("already_a_member", "This person is a member already.")
        invitation.save(force_insert=True)
        _record_invited(invitation, by)
    return invitation, token


def withdraw_invitation(*, invitation: UUID, by: Actor) -> None:
    """Take back an invitation that nobody has accepted. Raises `NotFound`, `Conflict`."""
    with acting_as(by, Action.MANAGE):
        found = get_invitation(invitation)
        withdrawn = Invitation.objects.filter(
            id=found.id, accepted_at=None, withdrawn_at=None
        ).update(withdrawn_at=timezone.now())
        if not withdrawn:
            raise Conflict("invitation_over", "This invitation is over already.")
        record(Event.INVITATION_WITHDRAWN, by=by, subject=found.id)


def accept_invitation(*, token: str, person: Person, by: Actor) -> UUID:
    """Make a person who has logged in a member, by the token sent to their address.

    Returns the organization's id. Raises `Gone` for a token that is used, withdrawn,
    expired or meant for another address.
    """
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT sec.accept_invitation(%s, %s, %s)",
            [token_hash(token), person.id, person.email],
        )
        organization: UUID | None = cursor.fetchone()[0]
        if organization is None:
            raise Gone("invitation_over", "This invitation is over, or is not yours.")
        member = replace(by, organization=organization)
        with acting_as(member, Action.MANAGE):
            role = dict(memberships(person.id))[organization]
            record(
                Event.MEMBER_JOINED,
                by=member,
                subject=person.id,
                detail={"role": role},
            )
    return organization


def enroll_person(*, token: str, name: str, password: str, by: Actor) -> Person:
    """Make the person whom an invitation is for, with a password, and let them join.

    `by` names the request; who acts is the new person. Raises `Gone` for a token that is
    over, `Conflict` where the address has a person, who must log in instead.
    """
    with transaction.atomic():
        email = invited_address(token)
        if Person.objects.filter(email=email).exists():
            raise Conflict("person_exists", "You have an account: log in to accept.")
        person = Person.objects.create_user(email, password, name=name)
        EmailAddress.objects.create(
            user=person, email=person.email, primary=True, verified=True
        )
        joining = replace(by, principal=person.id, kind=PrincipalKind.PERSON)
        accept_invitation(token=token, person=person, by=joining)
    return person


def change_role(*, member: UUID, role: Role, by: Actor) -> Member:
    """Give a member another role. Raises `NotFound`, `Denied`, and `Conflict` for the last owner."""
    check_may_give(by, ROLE_PERMISSIONS[role])
    with acting_as(by, Action.MANAGE):
        found = get_member(member)
        check_may_give(by, ROLE_PERMISSIONS[found.role])
        before = found.role
        if role != Role.OWNER:
            _check_another_owner(found)
        Member.objects.filter(id=found.id).update(role=role)
        found.role = role
        record(
            Event.MEMBER_CHANGED,
            by=by,
            subject=found.person_id,
            detail={"from": before, "to": role.value},
        )
    return found


def remove_member(*, member: UUID, by: Actor) -> None:
    """End a membership. Raises `NotFound`, `Denied`, and `Conflict` for the last owner."""
    with acting_as(by, Action.MANAGE):
        found = get_member(member)
        check_may_give(by, ROLE_PERMISSIONS[found.role])
        _check_another_owner(found)
        Member.objects.filter(id=found.id).delete()
        record(
            Event.MEMBER_REMOVED,
            by=by,
            subject=found.person_id,
            detail={"role": found.role},
        )


def record_log_in(*, by: Actor) -> None:
    """Write a person's log-in into the account of each organization they belong to."""
    for organization, role in memberships(by.principal):
        member = replace(by, organization=organization)
        with acting_as(member, Action.MANAGE):
            record(
                Event.PERSON_LOGGED_IN,
                by=member,
                subject=by.principal,
                detail={"role": role},
            )


def _new_invitation(
    organization: UUID, email: str, role: Role, by: Actor
) -> tuple[Invitation, str]:
    token = new_token()
    now = timezone.now()
    invitation = Invitation(
        organization_id=organization,
        email=_checked(email),
        role=role,
        token_hash=token_hash(token),
        invited_by=by.principal,
        invited_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    return invitation, token


def _checked(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        fault = FieldFault("/email", "email_invalid", "This is no e-mail address.")
        raise Invalid("invalid", "The input has faults.", faults=[fault]) from error
    return address


def _record_invited(invitation: Invitation, by: Actor) -> None:
    record(
        Event.MEMBER_INVITED,
        by=by,
        subject=invitation.id,
        detail={"role": str(invitation.role)},
    )


def _check_another_owner(member: Member) -> None:
    """Raise `Conflict` for the last owner; the rows are locked, so that two cannot go at once."""
    if member.role != Role.OWNER:
        return
    owners = Member.objects.select_for_update().filter(role=Role.OWNER)
    if not [one for one in owners if one.id != member.id]:
        raise Conflict("last_owner", "An organization keeps at least one owner.")
