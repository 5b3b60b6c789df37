"""Marks: keyed hashes of what names or reaches a person, by which two sayings are held against each other without keeping them.

They are equal for the same person said alike: case, spaces and punctuation do not count.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coop.sealing import derived_key

MARK_BYTES: Final = 16
_PURPOSE: Final = "tracer-marks"
_NOT_SIGN: Final = re.compile(r"[^0-9A-Z]")
_NOT_DIGIT: Final = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a person; None is what is not."""

    voter: UUID | None = None
    registered: Iterable[str | None] = ()
    email: str | None = None
    phone: str | None = None
    first: str | None = None
    last: str | None = None
    address: str | None = None


def marks_of(state: str, said: Said) -> Mapping[str, list[bytes]]:
    """Return the marks of what is said of a person of a state, by way: id, register, email, phone, address (with the name)."""
    texts: dict[str, list[str]] = {
        "id": [said.voter.hex] if said.voter else [],
        "register": [_plain(one) for one in said.registered if one],
        "email": [said.email.strip().lower()] if said.email else [],
        "phone": [_NOT_DIGIT.sub("", said.phone)[-10:]] if said.phone else [],
        "address": [],
    }
    if said.first and said.last and said.address:
        parts = (said.first, said.last, said.address)
        texts["address"] = ["|".join(map(_plain, parts))]
    return {
        way: [_mark(state, way, text) for text in found if text]
        for way, found in texts.items()
    }


def _plain(text: str) -> str:
    return _NOT_SIGN.sub("", text.upper())


def _mark(state: str, way: str, text: str) -> bytes:
    told = f"{state}|{way}|{text}".encode()
    return hmac.digest(derived_key(_PURPOSE), told, "sha256")[:MARK_BYTES]
