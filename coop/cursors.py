"""Opaque cursors: sealed for one organization and one list, so that two tell nothing of what lies between."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from coop.sealing import seal, unseal

BLOCK: Final = 64
"""Plain cursors are padded to whole blocks: their length tells nothing either."""


def sealed_cursor(organization: UUID, name: str, values: Sequence[Any]) -> str:
    """Return a cursor that holds `values`; what JSON does not hold is kept as its text."""
    plain = json.dumps(list(values), default=str).encode()
    plain += b" " * (-len(plain) % BLOCK)
    sealed = seal(plain, "cursor", f"{organization}|{name}")
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def opened_cursor(organization: UUID, name: str, text: str) -> list[Any]:
    """Return the values of a cursor. Raises `ValueError` for any but this organization's, of this list."""
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    plain = unseal(sealed, "cursor", f"{organization}|{name}")
    values = json.loads(plain)
    assert isinstance(values, list)
    return values
