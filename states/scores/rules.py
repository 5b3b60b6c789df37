"""Decisions on score sets as they are declared and shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from coop.errors import FieldFault, Invalid
from states.fields.scores import SET_NAME

LARGEST: Final = 1e12
MAX_LABELS: Final = 100


@dataclass(frozen=True, slots=True)
class Declared:
    """A new score set: a name, and a range (both bounds included) or the labels that are its values."""

    name: str
    low: float | None = None
    high: float | None = None
    labels: Sequence[str] = field(default=())
    description: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The range of what is stored: of labels, their numbers from 1."""
        if self.labels:
            return 1.0, float(len(self.labels))
        return float(self.low or 0), float(self.high or 0)


def check_declared(declared: Declared) -> None:
    """Raise `Invalid` where a set cannot be declared so."""
    if not SET_NAME.fullmatch(declared.name):
        detail = "Begin with a letter; use up to 30 lower-case letters, digits and _."
        raise _fault("/name", "score_name_invalid", detail)
    if declared.labels:
        _check_labels(declared)
    elif declared.low is None or declared.high is None:
        raise _fault("/low", "score_range_invalid", "Give low and high, or labels.")
    elif not -LARGEST <= declared.low < declared.high <= LARGEST:
        detail = (
            "The first bound must be below the second, both within a million million."
        )
        raise _fault("/low", "score_range_invalid", detail)


def _check_labels(declared: Declared) -> None:
    plain = [one.casefold() for one in declared.labels]
    if declared.low is not None or declared.high is not None:
        raise _fault(
            "/labels", "score_range_invalid", "Give a range or labels, not both."
        )
    if len(set(plain)) != len(plain) or not 2 <= len(plain) <= MAX_LABELS:
        detail = f"Give 2 to {MAX_LABELS} labels, each once."
        raise _fault("/labels", "score_range_invalid", detail)


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, [FieldFault(pointer, code, detail)])
