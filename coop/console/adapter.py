"""How people log in: what allauth asks of the house."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from coop.actors import NOBODY, Actor, PrincipalKind
from coop.ledger.actions import record_stranger
from coop.ledger.events import Event
from coop.organizations.access import memberships
from coop.organizations.actions import record_log_in
from coop.organizations.models import Person
from coop.organizations.second_factors import must_enroll
from coop.request_log import request_id_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up without an invitation; log-ins and failed ones are in the ledger."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an invitation's page enrolls people."""
        return False

    def login(self, request: HttpRequest, user: Person) -> None:
        """Log a person in; where that cannot be written down it does not happen."""
        with transaction.atomic():
            record_log_in(by=actor_of(user, request))
            super().login(request, user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write a failed log-in down, without the address that was tried."""
        record_stranger(
            Event.LOG_IN_FAILED,
            code="password_wrong",
            request_id=request_id_of(request),
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead whoever lacks a required second factor to enrolling one."""
        person = request.user
        assert isinstance(person, Person)
        roles = [role for _organization, role in memberships(person.id)]
        if must_enroll(person, roles):
            return reverse("mfa_activate_totp")
        return str(super().get_login_redirect_url(request))


def actor_of(person: Person, request: HttpRequest) -> Actor:
    """Return the actor that a person is before an organization is chosen."""
    return Actor(
        NOBODY,
        person.id,
        PrincipalKind.PERSON,
        request_id=request_id_of(request),
    )
