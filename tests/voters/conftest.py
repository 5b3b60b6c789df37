"""Clients of the cast for these tests."""

from tests.grants.conftest import client_of

__all__ = ["client_of"]
