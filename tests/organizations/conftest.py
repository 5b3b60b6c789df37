"""One organization with its owner, and another one beside it."""

from __future__ import annotations

import pytest

from coop.actors import Actor
from coop.organizations.models import Organization
from tests.organizations.people import founded


@pytest.fixture
def pair(db: None) -> tuple[Organization, Actor]:
    return founded("Campaign for the River Ward", "owner@example.org")


@pytest.fixture
def organization(pair: tuple[Organization, Actor]) -> Organization:
    return pair[0]


@pytest.fixture
def owner(pair: tuple[Organization, Actor]) -> Actor:
    return pair[1]


@pytest.fixture
def outsider(db: None) -> Actor:
    return founded("Neighbors at the Door", "outsider@example.org")[1]
