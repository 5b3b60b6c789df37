"""How much an archive may unpack to: a small file that becomes a huge one is no voter file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from coop.errors import Invalid

MAX_RATIO: Final = 200
"""Voter files unpack to ten or twenty times; past this it is no voter file."""
RATIO_COUNTS_FROM: Final = 16 * 1024**2
MAX_MEMBERS: Final = 5_000
"""Members of a zip, with those of the zips in it."""


def check_flood(unpacked: int, packed: int) -> None:
    """Raise `Invalid` where so few bytes unpack to so many."""
    too_much = unpacked > settings.MAX_UNPACKED_BYTES
    if too_much or (unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * packed):
        raise Invalid(
            "archive_floods",
            "The archive unpacks to far more than a voter file has, and was not read on.",
        )


@dataclass(slots=True)
class Tally:
    """What a zip and the zips in it declare together, against the bytes of the outermost."""

    packed: int
    members: int = 0
    unpacked: int = 0

    def add(self, members: int, unpacked: int) -> None:
        """Count one zip's members and bytes before any is read; raises `Invalid` past a limit."""
        self.members += members
        self.unpacked += unpacked
        if self.members > MAX_MEMBERS:
            raise Invalid(
                "archive_floods", f"The archive has over {MAX_MEMBERS} members."
            )
        check_flood(self.unpacked, max(self.packed, 1))
