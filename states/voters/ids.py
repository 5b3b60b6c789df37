"""Public ids of voters: they embed the state and reveal no ordinal or count."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from coop.errors import Invalid

_VOTER_ID: Final = re.compile(r"([A-Z]{2})-([0-9a-f]{32})", re.ASCII)


def voter_id(state: str, voter: UUID) -> str:
    """Return the public id of a voter: the state, a dash and 32 hexadecimal digits."""
    return f"{state}-{voter.hex}"


def parse_voter_id(text: str) -> tuple[str, UUID]:
    """Return the state and the voter of a public id.

    Raises `Invalid` with code `voter_id_invalid` for anything of another form.
    """
    match = _VOTER_ID.fullmatch(text)
    if match is None:
        raise Invalid(
            "voter_id_invalid",
            "A voter's id is its state, a dash and 32 hexadecimal digits.",
        )
    return match[1], UUID(hex=match[2])
