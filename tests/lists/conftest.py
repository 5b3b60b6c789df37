"""Clients of the cast's members, each with a key of its own."""

from __future__ import annotations

from tests.grants.conftest import client_of

__all__ = ["client_of"]
