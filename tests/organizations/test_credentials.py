"""Keys of machines: issued within the issuer's own scope, rotated two at a time, revoked for good."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from coop.actors import OPERATOR, Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, Invalid, NotFound
from coop.ledger.models import Entry
from coop.organizations.access import find_credential
from coop.organizations.actions import found_organization
from coop.organizations.credential_actions import (
    CredentialTerms,
    issue_credential,
    revoke_credential,
    rotate_credential,
)
from coop.organizations.keys import PATTERN, Key
from coop.organizations.models import (
    Credential,
    Organization,
    OrganizationKind,
    Role,
)
from tests.organizations.people import joined

DAY = timedelta(days=1)


def terms(**changed: object) -> CredentialTerms:
    values: dict[str, object] = {
        "name": "Field tool",
        "source": "field-tool",
        "permissions": ["contacts:write"],
        "expires_at": timezone.now() + 90 * DAY,
    }
    return CredentialTerms(**(values | changed))  # type: ignore[arg-type]


def test_a_key_is_shown_once_and_stored_as_a_hash(owner: Actor) -> None:
    credential, key = issue_credential(terms=terms(), by=owner)

    assert PATTERN.fullmatch(key.text)
    with acting_as(owner, Action.MANAGE):
        row = Credential.objects.filter(id=credential.id).values().get()
    secret = key.text.rpartition("_")[2]
    assert not [value for value in row.values() if secret in str(value)]
    assert key.text not in repr(key)


def test_a_key_is_found_by_all_of_it(owner: Actor, organization: Organization) -> None:
    _credential, key = issue_credential(terms=terms(), by=owner)
    found = find_credential(key)

    assert found is not None
    assert found.organization == organization.id
    assert found.source == "field-tool"
    assert find_credential(Key(key.prefix, key.text[:-1] + "0")) is None


def test_a_key_gets_no_more_than_its_issuer_has(
    owner: Actor, organization: Organization
) -> None:
    manager = joined(owner, organization, "manager@example.org", Role.DATA_MANAGER)

    with pytest.raises(Denied) as raised:
        issue_credential(terms=terms(permissions=["grants:manage"]), by=manager)
    assert raised.value.code == "permission_beyond_own"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"permissions": ["voters:delete"]}, "/permissions"),
        ({"permissions": []}, "/permissions"),
        ({"source": "Field Tool"}, "/source"),
        ({"networks": ["300.1.2.3"]}, "/networks"),
        ({"expires_at": timezone.now() - DAY}, "/expires_at"),
        ({"expires_at": timezone.now() + 401 * DAY}, "/expires_at"),
        ({"vendor": uuid.uuid4()}, "/vendor"),
    ],
)
def test_bad_terms_are_faults_with_a_place(
    owner: Actor, changed: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as raised:
        issue_credential(terms=terms(**changed), by=owner)
    assert raised.value.faults[0].pointer == pointer


def test_a_vendor_is_named_and_nobody_else_is(owner: Actor, outsider: Actor) -> None:
    vendor = found_organization(
        kind=OrganizationKind.VENDOR, name="Tools for Fields", by=OPERATOR
    )

    credential, _key = issue_credential(terms=terms(vendor=vendor.id), by=owner)

    assert credential.vendor_id == vendor.id
    with pytest.raises(Invalid):
        issue_credential(terms=terms(vendor=outsider.organization), by=owner)


def test_rotation_leaves_two_keys_live_for_the_overlap(owner: Actor) -> None:
    old, old_key = issue_credential(terms=terms(), by=owner)

    new, new_key = rotate_credential(credential=old.id, overlap=DAY, by=owner)

    before, after = find_credential(old_key), find_credential(new_key)
    assert before is not None
    assert after is not None
    assert before.expires_at <= timezone.now() + DAY
    assert after.permissions == before.permissions
    assert new.id != old.id


def test_no_third_key_is_live(owner: Actor) -> None:
    first, _key = issue_credential(terms=terms(), by=owner)
    second, _key = rotate_credential(credential=first.id, overlap=DAY, by=owner)

    with pytest.raises(Conflict) as again:
        rotate_credential(credential=first.id, overlap=DAY, by=owner)
    assert again.value.code == "credential_rotated"
    with pytest.raises(Conflict) as third:
        rotate_credential(credential=second.id, overlap=DAY, by=owner)
    assert third.value.code == "two_keys_live"

    revoke_credential(credential=first.id, by=owner)
    rotate_credential(credential=second.id, overlap=DAY, by=owner)


def test_rotating_gives_no_more_than_the_caller_has(
    owner: Actor, organization: Organization
) -> None:
    manager = joined(owner, organization, "manager@example.org", Role.DATA_MANAGER)
    strong, _key = issue_credential(
        terms=terms(permissions=[Permission.GRANTS_MANAGE.value]), by=owner
    )

    with pytest.raises(Denied):
        rotate_credential(credential=strong.id, overlap=DAY, by=manager)


def test_a_revoked_key_stays_revoked(owner: Actor) -> None:
    credential, key = issue_credential(terms=terms(), by=owner)

    revoke_credential(credential=credential.id, by=owner)

    found = find_credential(key)
    assert found is not None
    assert found.revoked_at is not None
    with pytest.raises(Conflict):
        revoke_credential(credential=credential.id, by=owner)
    with pytest.raises(Conflict):
        rotate_credential(credential=credential.id, overlap=DAY, by=owner)


def test_keys_of_another_organization_are_not_there(
    owner: Actor, outsider: Actor
) -> None:
    theirs, _key = issue_credential(terms=terms(), by=outsider)

    with pytest.raises(NotFound):
        revoke_credential(credential=theirs.id, by=owner)
    with pytest.raises(NotFound):
        rotate_credential(credential=theirs.id, overlap=DAY, by=owner)


def test_each_act_is_written_down(owner: Actor) -> None:
    old, _key = issue_credential(terms=terms(), by=owner)
    rotate_credential(credential=old.id, overlap=DAY, by=owner)
    revoke_credential(credential=old.id, by=owner)

    with acting_as(owner, Action.MANAGE):
        found = Entry.objects.filter(event__startswith="organizations:credential")
        assert {one.event.rpartition(":")[2] for one in found} == {
            "issued",
            "rotated",
            "revoked",
        }
