"""The signature of the actor that the database's policies verify.

HMAC-SHA256 (RFC 2104). The application holds the key; the database holds its two
padded halves in a table that only the policies' owner can read, so that nothing typed
as the application's role can forge an actor.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

BLOCK: Final = 64


def key() -> bytes:
    """Return the signing key: 32 bytes from the setting SCOPE_SIGNING_KEY (hex)."""
    return bytes.fromhex(settings.SCOPE_SIGNING_KEY)


def sign(message: str) -> str:
    """Return the hex HMAC-SHA256 of a message in UTF-8."""
    return hmac.new(key(), message.encode(), hashlib.sha256).hexdigest()


def padded_keys() -> tuple[bytes, bytes]:
    """Return the inner and outer padded keys, 64 bytes each, as RFC 2104 defines them."""
    block = key().ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def install_keys(connection: BaseDatabaseWrapper) -> None:
    """Store today's padded keys in the database, keeping the one before them for a rotation.

    `connection` is the owner's; does nothing where the key is there already.
    """
    inner, outer = padded_keys()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.install_signing_key(%s, %s)", [inner, outer])
