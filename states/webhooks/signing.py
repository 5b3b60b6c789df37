"""Secrets of webhooks, kept sealed, and signatures as Standard Webhooks 1.0 says."""

from __future__ import annotations

import base64
import secrets
from typing import Final
from uuid import UUID

from django.utils import timezone
from standardwebhooks import Webhook

from coop.sealing import seal, unseal
from states.webhooks.models import Endpoint

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret as its receiver keeps it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed_secret(secret: str, endpoint: UUID) -> bytes:
    """Return a secret as it is kept."""
    return seal(secret.encode(), "webhook", str(endpoint))


def signed_headers(endpoint: Endpoint, message: UUID, body: str) -> dict[str, str]:
    """Return the headers of one attempt; during a rotation both secrets sign."""
    now = timezone.now()
    kept = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until:
        kept += [endpoint.old_secret] * (endpoint.old_secret_until > now)
    name = f"msg_{message.hex}"
    opened = [unseal(bytes(one), "webhook", str(endpoint.id)).decode() for one in kept]
    return {
        "content-type": "application/json",
        "user-agent": "voter-file-coop-webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(name, now, body) for secret in opened
        ),
    }
