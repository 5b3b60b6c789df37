"""The entry that every problem's codes have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of one kind, separated by spaces: their meaning, and the way on."""

    codes: str
    meaning: str
    remedy: str
