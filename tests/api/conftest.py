"""An organization with a key, and a client that uses it, for tests of the edge itself."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import OPERATOR, Action, Actor, Permission, PrincipalKind
from coop.db.scope import acting_as
from coop.organizations.actions import found_organization
from coop.organizations.keys import Key, new_key
from coop.organizations.models import Credential, Organization, OrganizationKind


@pytest.fixture
def organization(db: None) -> Organization:
    return found_organization(
        kind=OrganizationKind.CAMPAIGN, name="Campaign for the River Ward", by=OPERATOR
    )


@pytest.fixture
def stranger(db: None) -> Organization:
    return found_organization(
        kind=OrganizationKind.OUTSIDE_GROUP, name="Neighbors at the Door", by=OPERATOR
    )


def make_key(organization: Organization, **fields: object) -> Key:
    """Return the key of a new credential, written without the action that issues them."""
    key = new_key()
    actor = Actor(organization.id, uuid.uuid4(), PrincipalKind.PERSON)
    values: dict[str, object] = {
        "name": "Field tool",
        "source": "field-tool",
        "permissions": [one.value for one in Permission],
        "created_by": actor.principal,
        "created_at": timezone.now(),
        "expires_at": timezone.now() + timedelta(days=30),
    }
    with acting_as(actor, Action.MANAGE):
        credential = Credential(
            organization=organization,
            prefix=key.prefix,
            key_hash=key.hash,
            **(values | fields),
        )
        credential.save(force_insert=True)
    return key


def client_with(key: Key) -> APIClient:
    """Return a client that sends a key."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key.text}")
    return client


@pytest.fixture
def client(organization: Organization) -> APIClient:
    return client_with(make_key(organization))
