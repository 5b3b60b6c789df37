"""A voter's public id: the state and the voter's UUID, which tells no order and no count."""

from __future__ import annotations

import re
from uuid import UUID

from coop.errors import Invalid

_ID = re.compile(r"([A-Z]{2})-([0-9a-f]{32})")


def voter_id(state: str, voter: UUID) -> str:
    """Return the public id, such as `OH-0f3c…`."""
    return f"{state}-{voter.hex}"


def parse_voter_id(text: str) -> tuple[str, UUID]:
    """Return the state and the UUID of a public id; raises `Invalid` for any other text."""
    met = _ID.fullmatch(text)
    if met is None:
        raise Invalid(
            "voter_id_invalid",
            "A voter's id is the state, a hyphen and 32 hexadecimal digits.",
        )
    return met[1], UUID(met[2])
