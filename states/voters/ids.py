"""Public ids of a state's rows: the state and the row's UUID, such as `OH-0f3c...`; no ordinal, no count."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from coop.errors import Invalid

_PATTERN: Final = re.compile(r"([A-Z]{2})-([0-9a-f]{32})")


def voter_id(state: str, voter: UUID) -> str:
    """Return the public id of a voter."""
    return f"{state}-{voter.hex}"


def parse_voter_id(text: str) -> tuple[str, UUID]:
    """Return state and UUID of a public id. Raises `Invalid` where it has not that form."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise Invalid(
            "id_malformed", "An id is a state's two letters, a dash and 32 hex digits."
        )
    return match[1], UUID(hex=match[2])
