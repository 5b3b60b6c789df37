"""What a test says of voters: of whom it is true, and of whom the answer is known at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pyroaring import BitMap

from states.facets.sliced import Sliced
from states.fields.definition import Operator
from states.targeting.ages import Ages

NOBODY: Final = BitMap()


class NotKept(Exception):  # noqa: N818 - named for what is missing
    """A field or an operator has no bitmaps."""


class NotStored(NotKept):
    """A field has no bitmaps that can tell, but its voters can be looked up by the test alone."""


class SightMovedError(Exception):
    """What the reader may see changed between two statements: the answer begins anew."""


@dataclass(frozen=True, slots=True)
class Split:
    """The voters of whom a test is true, and those of whom the answer is known at all."""

    true: BitMap
    known: BitMap


def compared(
    ordered: Sliced | Ages, op: Operator, value: Any, number: Callable[[Any], int]
) -> BitMap:
    """Return the voters whose number stands in this relation to a value."""
    match op:
        case Operator.BETWEEN:
            return ordered.between(number(value[0]), number(value[1]))
        case Operator.IN:
            return BitMap.union(*(ordered.equal(number(one)) for one in value))
    bound = number(value)
    if op is Operator.EQ:
        return ordered.equal(bound)
    below = ordered.below(bound + (op in {Operator.LTE, Operator.GT}))
    return below if op in {Operator.LT, Operator.LTE} else ordered.known - below


def kept_number(value: Any) -> int:
    """Return a day or a number as it is kept."""
    return value.toordinal() - 1 if isinstance(value, dt.date) else int(value)
