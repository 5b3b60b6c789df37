"""The code by which copies differ: who carries which tracer, and how well a leaked file fits a licensee.

A discrete Tardos code. Each position (a tracer that may stand in a copy or not) has a secret
bias p, and each licensee carries it with probability p, independently. Colluders see where
their copies differ, yet can neither drop unseen what all of them carry nor add what none does, and
whatever they choose there fits those who chose it better than anyone else. Sources: G. Tardos, Optimal
probabilistic fingerprint codes (J. ACM 55:2, 2008); the score for both symbols: Škorić, Katzenbeisser,
Celik, Symmetric Tardos fingerprinting codes (Des. Codes Cryptogr. 46, 2008); the two biases, best against
up to four colluders: Nuida et al., An improvement of discrete Tardos fingerprinting codes (Des. Codes
Cryptogr. 52, 2009); judging by the file found, not by a length fixed beforehand: Furon, Desoubeaux, Tardos codes for
real (WIFS 2014).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

SECRET_BYTES: Final = 32
WORD: Final = 1 << 64
BIASES: Final = (0.5 - 0.5 / math.sqrt(3), 0.5 + 0.5 / math.sqrt(3))
MOST_INNOCENT: Final = 1e-6
"""Who fits a file no worse than by such a chance, all candidates taken together, is named."""

_STEEPEST: Final = 8.0


@dataclass(frozen=True, slots=True)
class Position:
    """One position as a leaked file shows it: its bias, whether the file has it, whether the candidate does."""

    bias: float
    found: bool
    carried: bool


def derived(secret: bytes, purpose: str, *parts: bytes) -> bytes:
    """Return 64 bytes that nobody without the secret can tell from random ones (keyed BLAKE2b, RFC 7693).

    `purpose` is at most 16 characters; `parts` are of fixed lengths, so that no two meet.
    """
    return blake2b(b"".join(parts), key=secret, person=purpose.encode()).digest()


def rank(secret: bytes, purpose: str, *parts: bytes) -> int:
    """Return a number below `WORD`, evenly spread, as secret as `derived`."""
    person = purpose.encode()
    text = b"".join(parts)
    return int.from_bytes(
        blake2b(text, key=secret, person=person, digest_size=8).digest()
    )


def bias_of(secret: bytes, host: UUID) -> float:
    """Return the bias of the position at a voter."""
    return BIASES[rank(secret, "bias", host.bytes) & 1]


def carries(secret: bytes, licensee: UUID, host: UUID) -> bool:
    """Tell whether a licensee's copies hold the tracer of the position at a voter."""
    drawn = rank(secret, "carries", licensee.bytes, host.bytes)
    return drawn < bias_of(secret, host) * WORD


def score(positions: Iterable[Position]) -> float:
    """Return how well a file fits a candidate: for an innocent one 0 on average, with variance 1 a position."""
    return sum(_worth(one) for one in positions)


def chance(positions: Iterable[Position]) -> float:
    """Return an upper bound of the chance that an innocent candidate fits a file as well as this one.

    It is Chernoff's, for the very positions of the file: whatever colluders did, they did not know an
    innocent's bits, which are drawn anew here. Exact in that it assumes no shape of the tail.
    """
    listed = list(positions)
    reached = score(listed)
    if reached <= 0:
        return 1.0
    kinds = _kinds(listed)

    def exponent(steep: float) -> float:
        return _growth(kinds, steep) - steep * reached

    low, high = 0.0, _STEEPEST
    for _ in range(
        60
    ):  # the exponent is convex: a third of what is left falls away each time
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if exponent(left) < exponent(right):
            high = right
        else:
            low = left
    return min(1.0, math.exp(exponent((low + high) / 2)))


def _worth(one: Position) -> float:
    with_it = math.sqrt((1 - one.bias) / one.bias)
    without = -math.sqrt(one.bias / (1 - one.bias))
    worth = with_it if one.carried else without
    return worth if one.found else -worth


def _kinds(positions: Iterable[Position]) -> dict[tuple[float, bool], int]:
    kinds: dict[tuple[float, bool], int] = {}
    for one in positions:
        kinds[one.bias, one.found] = kinds.get((one.bias, one.found), 0) + 1
    return kinds


def _growth(kinds: dict[tuple[float, bool], int], steep: float) -> float:
    """Return the logarithm of the mean of e^(steep * score) of an innocent candidate."""
    total = 0.0
    for (bias, found), number in kinds.items():
        carried = math.exp(steep * _worth(Position(bias, found, carried=True)))
        missing = math.exp(steep * _worth(Position(bias, found, carried=False)))
        total += number * math.log(bias * carried + (1 - bias) * missing)
    return total
