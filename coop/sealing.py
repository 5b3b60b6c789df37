"""Sealing what leaves and comes back (cursors, links) or is kept (answers, second factors): AES-GCM."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES: Final = 12


class SealBroken(ValueError):  # noqa: N818 - named for what happened
    """What was to be opened was not sealed here, for this purpose and this holder."""


def seal(plain: bytes, purpose: str, bound: str = "") -> bytes:
    """Return `plain` encrypted under the key of `purpose`; it opens for the same `bound` only."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(derived_key(purpose))
    return nonce + cipher.encrypt(nonce, plain, bound.encode())


def unseal(sealed: bytes, purpose: str, bound: str = "") -> bytes:
    """Return what was sealed. Raises `SealBroken` for anything else."""
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(derived_key(purpose)).decrypt(nonce, rest, bound.encode())
    except (ValueError, InvalidTag) as error:
        raise SealBroken from error


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes derived from SECRET_KEY for one purpose, so that no key serves two (RFC 5869)."""
    return _derived(settings.SECRET_KEY, purpose)


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
