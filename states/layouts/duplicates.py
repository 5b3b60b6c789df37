"""Which identifiers a file has already used, at eight bytes each."""

import polars as pl

_SEED = 20_260_301


def hashed(keys: pl.Series) -> pl.Series:
    """Give the hash by which a key is remembered."""
    return keys.hash(_SEED)


class SeenKeys:
    """Remembers keys by 64-bit hash, in sorted runs that are merged as they grow.

    Two different keys meet by chance once in some 150,000 files of the largest
    state's size, and then show up as a rejected line, not as silent loss.
    """

    def __init__(self) -> None:
        self._runs: list[pl.Series] = []

    def first_uses(self, keys: pl.Series) -> pl.Series:
        """Tell for each key whether it is its first use, here or before; remember it."""
        return self.first_uses_of(hashed(keys))

    def first_uses_of(self, hashes: pl.Series) -> pl.Series:
        """Do the same for keys that are hashed."""
        first = hashes.is_first_distinct()
        for run in self._runs:
            places = run.search_sorted(hashes).clip(upper_bound=len(run) - 1)
            first &= run.gather(places) != hashes
        self._remember(hashes.filter(first).sort())
        return first

    def _remember(self, run: pl.Series) -> None:
        if run.is_empty():
            return
        while self._runs and len(self._runs[-1]) <= len(run):
            run = pl.concat([self._runs.pop(), run]).sort()
        self._runs.append(run)
