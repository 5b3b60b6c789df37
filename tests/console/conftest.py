"""An organization whose owner can log in, and a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from coop.actors import Actor
from coop.organizations.models import Organization, Person
from tests.organizations.people import founded


@pytest.fixture
def pair(db: None) -> tuple[Organization, Actor]:
    return founded("Campaign for the Hill", "owner@example.org")


@pytest.fixture
def organization(pair: tuple[Organization, Actor]) -> Organization:
    return pair[0]


@pytest.fixture
def owner(pair: tuple[Organization, Actor]) -> Actor:
    return pair[1]


@pytest.fixture
def person(owner: Actor) -> Person:
    return Person.objects.get(id=owner.principal)


@pytest.fixture
def browser() -> Client:
    return Client()
