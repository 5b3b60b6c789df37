"""Checksums that a sender announces for one piece of an upload."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from coop.errors import Invalid

ALGORITHMS: Final = ("sha1", "sha256", "sha512", "md5")
"""What a piece may be checked with; the first is what every client of the protocol knows."""


class Checksum:
    """What a piece must come to. Raises `Invalid` for an algorithm that is not among `ALGORITHMS`."""

    def __init__(self, algorithm: str, expected: bytes) -> None:
        if algorithm not in ALGORITHMS:
            raise Invalid(
                "checksum_unsupported", f"A checksum is one of {', '.join(ALGORITHMS)}."
            )
        # It finds faults of the line, not forgeries: what is kept is known by its SHA-256.
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._expected = expected

    def add(self, chunk: bytes) -> None:
        """Count more bytes."""
        self._digest.update(chunk)

    def check(self) -> None:
        """Raise `Invalid` unless all that was counted comes to what was expected."""
        if not hmac.compare_digest(self._digest.digest(), self._expected):
            raise Invalid(
                "checksum_mismatch",
                "The piece does not have the checksum sent with it, and was not kept: send it again.",
            )
