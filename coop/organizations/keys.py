"""The keys of machine clients and the tokens of invitations: how they are made, read and hashed."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

PATTERN: Final = re.compile(r"vfc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its holder shows it; `text` is never stored and never logged."""

    prefix: str
    text: str

    @property
    def hash(self) -> str:
        """Return the hex SHA-256 that is stored."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"Key({self.prefix})"


def new_key() -> Key:
    """Return a fresh key: `vfc_<prefix>_<32 random bytes in base64url>`."""
    prefix = secrets.token_hex(6)
    return Key(prefix, f"vfc_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}")


def parse_key(text: str) -> Key | None:
    """Return the key that a text is, or None for anything else."""
    match = PATTERN.fullmatch(text)
    return Key(match.group(1), text) if match else None


def new_token() -> str:
    """Return a fresh invitation token: 32 random bytes in base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def token_hash(token: str) -> str:
    """Return the hex SHA-256 of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()
