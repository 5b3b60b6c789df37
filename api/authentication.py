"""Who is calling: a machine by its key, a person by a session. Both become an `Actor`."""

from __future__ import annotations

import ipaddress
import time
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from api.throttles import Throttled, count
from coop.actors import Actor, Permission, PrincipalKind
from coop.errors import Denied
from coop.ledger.actions import record_stranger
from coop.ledger.events import Event
from coop.organizations.access import (
    KnownCredential,
    find_credential,
    memberships,
    touch_credential,
)
from coop.organizations.keys import Key, parse_key
from coop.organizations.models import Person
from coop.organizations.rules import ROLE_PERMISSIONS
from coop.organizations.second_factors import check_second_factor
from coop.request_log import request_id_of

SCHEME: Final = "bearer"
ORGANIZATION_HEADER: Final = "X-Organization"
FAILURES: Final = "failed_key"


class Machine:
    """What stands in for a user where a credential calls."""

    is_authenticated = True
    is_active = True

    def __init__(self, credential: UUID) -> None:
        self.pk = credential


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[Machine, Actor] | None:
        """Return the machine and its actor, or None where no key is offered.

        Raises `AuthenticationFailed` for a key that does not fit, `TooMany` after many of them.
        """
        plain = request._request  # noqa: SLF001 - DRF's own way to Django's request
        actor = actor_by_key(plain)
        return (Machine(actor.principal), actor) if actor else None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme in answers 401."""
        return 'Bearer realm="coop"'


class PersonAuthentication(SessionAuthentication):
    """A person's session, with CSRF protection; `X-Organization` chooses among memberships."""

    def authenticate(self, request: Request) -> tuple[Person, Actor] | None:
        """Return the person and their actor, or None without a session."""
        found = super().authenticate(request)
        if found is None or not isinstance(found[0], Person):
            return None
        plain = request._request  # noqa: SLF001 - DRF's own way to Django's request
        return found[0], actor_of_person(found[0], plain)

    def enforce_csrf(self, request: Any) -> None:
        """Raise where an unsafe request of a session carries no token."""
        # DRF's request would read the body in search of a form's token, and a body is read once.
        plain = request._request  # noqa: SLF001 - DRF's own way to Django's request
        try:
            super().enforce_csrf(plain)
        except PermissionDenied as error:
            raise PermissionDenied(str(error.detail), code="csrf_failed") from error


def actor_by_key(request: HttpRequest) -> Actor | None:
    """Return the actor of the key in a request's header, or None where there is no header."""
    offered = request.headers.get("Authorization", "")
    if not offered:
        return None
    address = client_address(request)
    _check_failures(address)
    scheme, _space, text = offered.partition(" ")
    key = parse_key(text.strip()) if scheme.lower() == SCHEME else None
    if key is None:
        raise _refused(request, address, "key_malformed", "")
    known = find_credential(key)
    if known is None:
        raise _refused(request, address, "key_unknown", key.prefix)
    if code := _fault(known, address):
        raise _refused(request, address, code, key.prefix)
    _note_use(known, key)
    return _actor(known, request)


def actor_of_person(person: Person, request: HttpRequest) -> Actor:
    """Return the person's actor in the organization chosen by `X-Organization`, or their only one.

    Raises `Denied` for no membership, an unclear choice or a missing second factor.
    """
    organization, role = _chosen(person, request.headers.get(ORGANIZATION_HEADER, ""))
    check_second_factor(person, role, request)
    return Actor(
        organization,
        person.id,
        PrincipalKind.PERSON,
        ROLE_PERMISSIONS[role],
        request_id=request_id_of(request),
    )


def actor_of_request(request: HttpRequest) -> Actor | None:
    """Return the actor of a plain Django request, by key or session; None where nobody calls."""
    actor = actor_by_key(request)
    person = getattr(request, "user", AnonymousUser())
    if actor or not isinstance(person, Person) or not person.is_active:
        return actor
    return actor_of_person(person, request)


def client_address(request: HttpRequest) -> str:
    """Return the caller's address: what the configured proxy saw, else the socket's other end.

    A proxy appends what it saw, so only the last entry of X-Forwarded-For can be trusted,
    and only where settings.BEHIND_PROXY says that there is one.
    """
    if settings.BEHIND_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _chosen(person: Person, wanted: str) -> tuple[UUID, str]:
    held = memberships(person.id)
    if wanted:
        held = [one for one in held if str(one[0]) == wanted.lower()]
    if not held:
        raise Denied("not_a_member", "You are no member of this organization.")
    if len(held) > 1:
        sentence = (
            f"You belong to several organizations: name one in {ORGANIZATION_HEADER}."
        )
        raise Denied("organization_required", sentence)
    return held[0]


def _actor(known: KnownCredential, request: HttpRequest) -> Actor:
    held = {permission.value for permission in Permission}
    return Actor(
        known.organization,
        known.credential,
        PrincipalKind.CREDENTIAL,
        frozenset(Permission(one) for one in known.permissions if one in held),
        source=known.source,
        test=known.test,
        request_id=request_id_of(request),
    )


def _fault(known: KnownCredential, address: str) -> str:
    if known.revoked_at is not None:
        return "key_revoked"
    if known.expires_at <= timezone.now():
        return "key_expired"
    if known.networks and not _within(address, known.networks):
        return "address_not_allowed"
    return ""


def _within(address: str, networks: list[str]) -> bool:
    try:
        seen = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(seen, ipaddress.IPv6Address) and seen.ipv4_mapped:
        seen = seen.ipv4_mapped
    return any(seen in ipaddress.ip_network(one) for one in networks)


def _note_use(known: KnownCredential, key: Key) -> None:
    """Note the last use, at most once a minute, before the request's own transaction opens."""
    before = known.last_used_at
    if before is None or (timezone.now() - before).total_seconds() >= 60:
        touch_credential(key)


CALM_SECONDS: Final = 1.0
"""An address that has not failed is not looked up again for so long, by one process."""
ADDRESSES_MOST: Final = 10_000
_calm: dict[str, float] = {}


def _check_failures(address: str) -> None:
    if _calm.get(address, 0.0) > time.monotonic():
        return
    rate = count(FAILURES, address, by=0)
    if rate.used >= rate.quota:
        raise Throttled(rate)
    if rate.used == 0:
        if len(_calm) >= ADDRESSES_MOST:
            _calm.clear()
        _calm[address] = time.monotonic() + CALM_SECONDS


SENTENCES: Final = {
    "key_malformed": "The Authorization header must read: Bearer vfc_<prefix>_<secret>.",
    "key_unknown": "There is no such key.",
    "key_revoked": "This key has been revoked.",
    "key_expired": "This key has expired.",
    "address_not_allowed": "This key may not be used from your address.",
}


def _refused(
    request: HttpRequest, address: str, code: str, prefix: str
) -> AuthenticationFailed:
    """Count and write down a key that does not fit, and return the error."""
    count(FAILURES, address)
    _calm.pop(address, None)
    record_stranger(
        Event.KEY_REFUSED,
        code=code,
        request_id=request_id_of(request),
        subject=prefix,
    )
    return AuthenticationFailed(SENTENCES[code], code=code)
