"""Clients of the API that act for the cast."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.organizations.models import Organization
from tests.api.conftest import client_with, make_key


def client_of(actor: Actor, **fields: Any) -> APIClient:
    """Return a client with a key of the actor's organization."""
    with acting_as(actor, Action.MANAGE):
        organization = Organization.objects.get(id=actor.organization)
    return client_with(make_key(organization, **fields))


def check_paged(client: APIClient, path: str, rows: list[Any]) -> None:
    """Expect the same rows page by page, and no way by a cursor of another list."""
    paged: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = f"{path}?limit=1" + (f"&cursor={cursor}" if cursor else "")
        one = client.get(asked).json()
        paged, cursor = paged + one["results"], one["next"]
        assert len(one["results"]) == 1
    assert paged == rows
    for wrong in ("AAAA", "!"):
        assert client.get(path, {"cursor": wrong}).json()["code"] == "cursor_invalid"
