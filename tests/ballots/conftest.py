"""Clients of the cast's members, each with a key of its own, and the sending of CSV."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from tests.grants.conftest import client_of

__all__ = ["client_of"]

ELECTION = "2026-12-08 special"
"""An election that nobody of the cast has a ballot of yet."""
WHERE = {"state": "OH", "election": "2026-12-08", "type": "special"}


def send(client: APIClient, *lines: str, mode: str = "difference", **more: Any) -> Any:
    """Upload lines under the usual header."""
    text = "\r\n".join(["voter,status,date,method", *lines, ""])
    return send_bytes(client, text.encode(), mode=mode, **more)


def send_bytes(client: APIClient, body: bytes, **query: Any) -> Any:
    """Upload a body as it is."""
    asked = "&".join(f"{name}={value}" for name, value in (WHERE | query).items())
    return client.post(f"/v1/ballots?{asked}", body, content_type="text/csv")


def sid(number: int, state: str = "OH") -> str:
    """Return the state's id of a voter of the cast."""
    return f"{state}{number:011d}"
