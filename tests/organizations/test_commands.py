"""The operator's commands: found an organization, open a state."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coop.jurisdictions.models import State
from coop.organizations.access import memberships
from tests.conftest import CommittedDatabase
from tests.organizations.people import enroll


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def found(name: str, kind: str = "state_party") -> str:
    return run("found_organization", kind, name, "--owner-email", "owner@example.org")


def test_a_party_is_founded_its_owner_invited_and_its_state_opened(
    committed_db: CommittedDatabase,
) -> None:
    said = found("Florida State Party")
    link = re.search(r"http://\S+/accounts/invitations/(\S+)", said)
    assert link is not None
    person = enroll(link.group(1))

    assert run("open_state", "fl", "--owner", "Florida State Party") == (
        "FL belongs to Florida State Party\n"
    )
    ((organization, role),) = memberships(person.id)
    assert role == "owner"
    assert State.objects.get(code="FL").owner == organization
    with pytest.raises(CommandError, match="has an owner already"):
        run("open_state", "FL", "--owner", "Florida State Party")
    with pytest.raises(CommandError, match="no state XX"):
        run("open_state", "XX", "--owner", "Florida State Party")


@pytest.mark.django_db
def test_a_name_is_taken_once_and_an_address_must_be_one() -> None:
    found("Ohio Friends", "campaign")

    with pytest.raises(CommandError, match="already"):
        found("Ohio Friends", "campaign")
    with pytest.raises(CommandError, match="no e-mail address"):
        run("found_organization", "campaign", "Other", "--owner-email", "nobody")


@pytest.mark.django_db
def test_only_a_state_party_owns_a_state() -> None:
    found("Ohio Friends", "campaign")

    with pytest.raises(CommandError, match="no state party"):
        run("open_state", "FL", "--owner", "Ohio Friends")
