"""Clients of the cast's members, each with a key of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from coop.actors import OPERATOR, Action, Actor, Permission
from coop.db.scope import acting_as
from coop.organizations.models import Organization
from tests.api.conftest import client_with, make_key

ClientOf = Callable[..., APIClient]


@pytest.fixture
def client_of() -> ClientOf:
    """A client for an actor's organization; with every permission, or those named."""

    def make(actor: Actor, *permissions: Permission) -> APIClient:
        with acting_as(OPERATOR, Action.OPERATE):
            organization = Organization.objects.get(id=actor.organization)
        fields: dict[str, object] = {}
        if permissions:
            fields["permissions"] = [one.value for one in permissions]
        return client_with(make_key(organization, **fields))

    return make
