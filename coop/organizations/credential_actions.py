"""Every change to the keys by which machines act for an organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault, Invalid
from coop.ledger.actions import record
from coop.ledger.events import Event
from coop.organizations.access import get_credential
from coop.organizations.keys import Key, new_key
from coop.organizations.models import Credential, Organization, OrganizationKind
from coop.organizations.rules import (
    check_can_rotate,
    check_expiry,
    check_may_give,
    check_networks,
    check_overlap,
    check_permissions,
    check_source,
)


@dataclass(frozen=True, slots=True)
class CredentialTerms:
    """What a new credential is to be: its tool's name, its scope, its end, where it may call from."""

    name: str
    source: str
    permissions: list[str]
    expires_at: datetime
    networks: list[str] = field(default_factory=list)
    vendor: UUID | None = None
    test: bool = False


def issue_credential(*, terms: CredentialTerms, by: Actor) -> tuple[Credential, Key]:
    """Make a credential; its key is returned this once.

    Raises `Denied` for permissions beyond the issuer's own, `Invalid` for bad terms.
    """
    wanted = check_permissions(terms.permissions)
    check_may_give(by, wanted)
    with acting_as(by, Action.MANAGE):
        _check_vendor(terms.vendor)
        credential, key = _new(terms, wanted, by)
        credential.save(force_insert=True)
        record(
            Event.CREDENTIAL_ISSUED,
            by=by,
            subject=credential.id,
            detail={"permissions": credential.permissions, "test": credential.test},
        )
    return credential, key


def rotate_credential(
    *, credential: UUID, overlap: timedelta, by: Actor
) -> tuple[Credential, Key]:
    """Make the successor of a key, with the same terms; both live for `overlap`.

    The successor lives as long as the first was meant to. Raises `NotFound`, `Denied` for
    permissions beyond the caller's own, `Conflict` where two keys are live already.
    """
    check_overlap(overlap)
    with acting_as(by, Action.MANAGE):
        old = get_credential(credential, lock=True)
        check_may_give(by, [Permission(one) for one in old.permissions])
        check_can_rotate(old, Credential.objects.filter(successor_id=old.id).first())
        new, key = _successor(old, by)
        new.save(force_insert=True)
        ends = min(old.expires_at, timezone.now() + overlap)
        Credential.objects.filter(id=old.id).update(successor=new, expires_at=ends)
        record(
            Event.CREDENTIAL_ROTATED,
            by=by,
            subject=old.id,
            detail={
                "successor": str(new.id),
                "overlap_hours": overlap // timedelta(hours=1),
            },
        )
    return new, key


def revoke_credential(*, credential: UUID, by: Actor) -> Credential:
    """End a key now, for good. Raises `NotFound`, and `Conflict` where it is revoked already."""
    with acting_as(by, Action.MANAGE):
        found = get_credential(credential)
        now = timezone.now()
        revoked = Credential.objects.filter(id=found.id, revoked_at=None)
        if not revoked.update(revoked_at=now):
            raise Conflict("credential_revoked", "This key is revoked already.")
        record(Event.CREDENTIAL_REVOKED, by=by, subject=found.id)
        found.revoked_at = now
    return found


def _new(
    terms: CredentialTerms, permissions: list[Permission], by: Actor
) -> tuple[Credential, Key]:
    key = new_key()
    credential = Credential(
        organization_id=by.organization,
        name=terms.name,
        source=check_source(terms.source),
        vendor_id=terms.vendor,
        prefix=key.prefix,
        key_hash=key.hash,
        permissions=[one.value for one in permissions],
        networks=check_networks(terms.networks),
        test=terms.test,
        created_by=by.principal,
        created_at=timezone.now(),
        expires_at=check_expiry(terms.expires_at),
    )
    return credential, key


def _successor(old: Credential, by: Actor) -> tuple[Credential, Key]:
    key = new_key()
    now = timezone.now()
    credential = Credential(
        organization_id=old.organization_id,
        name=old.name,
        source=old.source,
        vendor_id=old.vendor_id,
        prefix=key.prefix,
        key_hash=key.hash,
        permissions=old.permissions,
        networks=old.networks,
        test=old.test,
        created_by=by.principal,
        created_at=now,
        expires_at=now + (old.expires_at - old.created_at),
    )
    return credential, key


def _check_vendor(vendor: UUID | None) -> None:
    kind = OrganizationKind.VENDOR
    if vendor is None or Organization.objects.filter(id=vendor, kind=kind).exists():
        return
    fault = FieldFault("/vendor", "vendor_unknown", "There is no such vendor.")
    raise Invalid("invalid", "The input has faults.", faults=[fault])
