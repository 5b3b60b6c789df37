"""Whether a person's session has passed the second factor that a role requires.

A password-only session stays one, even after its person enrolls elsewhere: whoever holds
a stolen password must not gain by the owner's enrolling.
"""

from __future__ import annotations

from typing import Final

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from coop.errors import Denied
from coop.organizations.models import Person
from coop.organizations.queries import has_second_factor
from coop.organizations.rules import NEEDS_SECOND_FACTOR

PASSED: Final = "second_factor_passed"


def check_second_factor(person: Person, role: str, request: HttpRequest) -> None:
    """Raise `Denied` where the role requires a second factor that this session has not passed."""
    if role not in NEEDS_SECOND_FACTOR:
        return
    if not has_second_factor(person):
        raise Denied(
            "second_factor_required",
            "Owners and data managers need a second factor: set one up at /accounts/2fa/.",
        )
    if not _has_passed(person, request):
        raise Denied(
            "second_factor_required",
            "Log in again: this session began without your second factor.",
        )


def must_enroll(person: Person, roles: list[str]) -> bool:
    """Tell whether any of the person's roles requires a second factor that they lack."""
    needed = any(role in NEEDS_SECOND_FACTOR for role in roles)
    return needed and not has_second_factor(person)


def mark_passed(request: HttpRequest) -> None:
    """Note that this session has shown a code by enrolling."""
    request.session[PASSED] = True


def _has_passed(person: Person, request: HttpRequest) -> bool:
    records = get_authentication_records(request, person)
    return bool(request.session.get(PASSED)) or any(
        one.get("method") == "mfa" for one in records
    )
