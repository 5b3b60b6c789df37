"""What happens around second factors: enrollment, wrong codes, and keeping their secrets sealed."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authentication_failed, authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest

from coop.ledger.actions import record_stranger
from coop.ledger.events import Event
from coop.organizations.second_factors import mark_passed
from coop.request_log import request_id_of
from coop.sealing import seal, unseal

PURPOSE = "second factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of authenticator apps and recovery codes sealed in the database."""

    def encrypt(self, text: str) -> str:
        """Return the text sealed, in hexadecimal digits."""
        return seal(text.encode(), PURPOSE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` sealed."""
        return unseal(bytes.fromhex(encrypted_text), PURPOSE).decode()


@receiver(authenticator_added, dispatch_uid="console.enrolled")
def note_enrollment(*, request: HttpRequest, **_more: Any) -> None:
    """Let the session that enrolled go on: it has just shown a code."""
    mark_passed(request)


@receiver(authentication_failed, dispatch_uid="console.code_refused")
def note_failure(*, request: HttpRequest, **_more: Any) -> None:
    """Write a wrong code down, without saying whose."""
    record_stranger(
        Event.LOG_IN_FAILED, code="code_wrong", request_id=request_id_of(request)
    )
