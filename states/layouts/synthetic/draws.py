"""Random draws that depend only on seed, purpose and row number.

So the same person comes out whatever the size of the chunk she is made in, and
on every machine and version. Mixing after Steele, Lea and Flood, "Fast
splittable pseudorandom number generators" (2014): SplitMix64.
"""

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

_STEP = 0x9E3779B97F4A7C15
_ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class Draws:
    """Draws for rows of the given numbers; each purpose has a stream of its own."""

    def __init__(self, seed: int, rows: pl.Series) -> None:
        self._seed = seed
        self._rows = rows.cast(pl.UInt64)

    def __len__(self) -> int:
        return len(self._rows)

    def uniform(self, purpose: str) -> pl.Series:
        """Draw a number from 0 up to but not including 1 for each row."""
        digest = hashlib.blake2b(f"{self._seed}:{purpose}".encode(), digest_size=8)
        start = _whole(int.from_bytes(digest.digest()))
        row = pl.col("row")
        mixed = self._rows.to_frame("row").select(row * _whole(_STEP) + start)
        for shift, factor in _ROUNDS:
            folded = row ^ (row // (1 << shift))
            mixed = mixed.select(folded * _whole(factor))
        last = row ^ (row // (1 << 31))
        return mixed.select((last // (1 << 11)).cast(pl.Float64) * 2.0**-53).to_series()

    def chance(self, purpose: str, share: float) -> pl.Series:
        """Draw true for that share of the rows."""
        return self.uniform(purpose) < share

    def below(self, purpose: str, bound: int) -> pl.Series:
        """Draw a whole number from 0 up to but not including ``bound``."""
        return (self.uniform(purpose) * bound).cast(pl.Int32)

    def normal(self, purpose: str) -> pl.Series:
        """Draw from nearly a standard normal distribution: three uniforms summed."""
        thrice = [self.uniform(f"{purpose}/{part}") for part in range(3)]
        return (thrice[0] + thrice[1] + thrice[2] - 1.5) * 2.0

    def weighted(self, purpose: str, weights: Mapping[str, float]) -> pl.Series:
        """Draw a key of ``weights`` in proportion to its weight."""
        ladder = pl.Series(list(weights.values()), dtype=pl.Float64).cum_sum()
        # The last step must be above every draw, whatever the rounding.
        places = (ladder[:-1] / ladder[-1]).search_sorted(self.uniform(purpose))
        return pl.Series(list(weights), dtype=pl.String).gather(places)

    def common(self, purpose: str, values: Sequence[str]) -> pl.Series:
        """Draw one of the values, the first ones more often, as names are."""
        return self.weighted(
            purpose, {value: 1 / (rank + 6) for rank, value in enumerate(values)}
        )


def _whole(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.UInt64)
