"""Lines that were read before, in the same manner: known by their digests, and not read again.

Who passes over a line has to know that reading it would give what it gave before: so no line
is kept as familiar whose reading depends on the day, or on the lines beside it.
"""

from typing import Protocol

import polars as pl

from coop.frames import in_order
from states.layouts.decode import Block
from states.layouts.duplicates import hashed
from states.layouts.shape import LINE

_ONE, _OTHER = 20_261_122, 80_211_019
_BITS = 32
_LEAST_SHARE = 0.5
"""Of a block, below which passing over lines costs more than reading them all in one go."""

DIGESTS = {"one": pl.UInt64, "other": pl.UInt32}
FAMILIAR = {**DIGESTS, "state_voter_id": pl.String}


def digests(lines: pl.Series) -> pl.DataFrame:
    """Give 96 bits of each line, in the columns ``one`` and ``other``."""
    other = lines.hash(_OTHER).to_frame("other")
    return pl.DataFrame({"one": lines.hash(_ONE)}).hstack(
        other.select((pl.col("other") % (1 << _BITS)).cast(pl.UInt32))
    )


class FamiliarLines:
    """Lines by digest: in which place of all that were added, and the hash of the voter's key.

    They cost 24 bytes each. ``manner`` says how they were read.
    """

    def __init__(self, manner: str) -> None:
        self.manner = manner
        self._added: list[pl.DataFrame] = []
        self._known: pl.DataFrame | None = None

    def add(self, lines: pl.DataFrame, first_place: int) -> None:
        """Add lines with the columns of ``FAMILIAR``; those without digests have only a place."""
        self._known = None
        self._added.append(
            lines.select(
                "one",
                "other",
                key=hashed(lines["state_voter_id"]),
                place=pl.int_range(pl.len(), dtype=pl.UInt32) + first_place,
            ).drop_nulls("one")
        )

    def met(self, told: pl.DataFrame) -> pl.DataFrame:
        """Give ``place`` and ``key`` for each line with these digests, null where it is not familiar."""
        known = self._sorted()
        if known.is_empty():
            nothing = {"place": pl.UInt32, "key": pl.UInt64}
            return pl.select(
                pl.lit(None, kind).repeat_by(len(told)).explode().alias(name)
                for name, kind in nothing.items()
            )
        at = known["one"].search_sorted(told["one"]).clip(upper_bound=len(known) - 1)
        found = known.select(pl.all().gather(at))
        same = (found["one"] == told["one"]) & (found["other"] == told["other"])
        return found.select(
            pl.when(same).then(name).alias(name) for name in ("place", "key")
        )

    def keys(self, places: pl.Series) -> pl.Series:
        """Give the hashes of the keys of those of these places that are here."""
        known = self._sorted()
        return known.filter(known["place"].is_in(places.implode()))["key"]

    def _sorted(self) -> pl.DataFrame:
        if self._known is None:
            empty = {**DIGESTS, "key": pl.UInt64, "place": pl.UInt32}
            pieces = [pl.DataFrame(schema=empty), *self._added]
            self._added = []
            self._known = in_order(pieces, "one")
            self._added = [self._known]
        return self._known


class Familiar(Protocol):
    """Where the reader of a file asks for the lines that were read as this file is."""

    def read_as(self, manner: str) -> FamiliarLines:
        """Give the lines that were read in this manner; none where it is a new one."""
        ...


def lines_of(block: Block) -> pl.Series:
    """Give a block's lines as a column."""
    return pl.Series([block.text], dtype=pl.String).str.split("\n").explode()


def passed_over(
    block: Block, lines: pl.Series, met: pl.DataFrame
) -> tuple[Block, pl.DataFrame]:
    """Leave a block's familiar lines blank; give them by number, with their place and key."""
    numbers = pl.int_range(block.first_line, block.first_line + block.size, eager=True)
    same = met.with_columns(numbers.alias(LINE)).drop_nulls("place")
    if len(same) < _LEAST_SHARE * block.size:
        return block, same.clear()
    left = pl.select(pl.when(met["place"].is_null()).then(lines).otherwise(pl.lit("")))
    text = "\n".join(left.to_series())
    return Block(block.first_line, text, block.size, block.bytes_read), same
