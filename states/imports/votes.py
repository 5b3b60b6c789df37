"""Votes made compact: a state's elections by number, a voter's votes as three parallel arrays.

A voter's arrays are in the order of the elections' numbers, as PostgreSQL array literals
ready for COPY.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import polars as pl
import pyarrow as pa

from states.layouts.elections import Votes

KEY = ("election_date", "election_type")
_COMMA: Final = ","


class Elections:
    """A state's elections by number; new ones get the next numbers as they are met."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        """Take entries with `election`, `date` (ISO), `type` and `name`; they are added to."""
        self.entries = entries
        self._known = {(one["date"], one["type"]) for one in entries}

    def learn(self, votes: pl.DataFrame) -> None:
        """Give numbers to the elections of `votes` (with the columns of KEY, and names or none)."""
        named = "election_name" if "election_name" in votes.columns else None
        met = votes.select(
            *KEY, name=pl.col(named) if named else pl.lit(None, pl.String)
        )
        firsts = met.unique(KEY, keep="first", maintain_order=True).sort(KEY)
        for date, kind, name in firsts.iter_rows():
            if (date.isoformat(), kind) not in self._known:
                self._add(date, kind, name or "")

    def _add(self, date: dt.date, kind: str, name: str) -> None:
        number = max((one["election"] for one in self.entries), default=0) + 1
        entry = {"election": number, "date": date.isoformat(), "type": kind}
        self.entries.append(entry | {"name": name})
        self._known.add((date.isoformat(), kind))

    def numbered(self, votes: pl.DataFrame) -> pl.DataFrame:
        """Return the votes with their election's number, learning new ones."""
        self.learn(votes)
        table = pl.DataFrame(
            {
                "election_date": [
                    dt.date.fromisoformat(one["date"]) for one in self.entries
                ],
                "election_type": [one["type"] for one in self.entries],
                "election": [one["election"] for one in self.entries],
            },
            schema={
                "election_date": pl.Date,
                "election_type": pl.String,
                "election": pl.Int32,
            },
        )
        return votes.join(table, on=KEY, how="inner", maintain_order="left")


def with_arrays(
    voters: pl.DataFrame, votes: Votes | None, elections: Elections
) -> pl.DataFrame:
    """Add voters' votes as the three arrays and `last_voted_date`.

    Without votes (history lies in files of its own) all four are null.
    """
    if votes is None:
        return voters.with_columns(pl.lit(None, pl.String).alias(one) for one in ADDED)
    gathered = _gathered(votes, elections)
    begins = gathered["row"].search_sorted(
        pl.int_range(votes.rows + 1, dtype=pl.UInt32, eager=True)
    )
    last = gathered.with_columns(pl.col("row").set_sorted())
    days = last.group_by("row", maintain_order=True).agg(
        last_voted_date=pl.col("date").max()
    )
    joined = voters.with_row_index("row").join(
        days, on="row", how="left", maintain_order="left"
    )
    return joined.drop("row").with_columns(
        _literals(gathered[part], begins).alias(name) for name, part in _PARTS.items()
    )


_PARTS: Final = {"elections": "number", "methods": "method", "parties": "party"}
ADDED: Final = (*_PARTS, "last_voted_date")


def _gathered(votes: Votes, elections: Elections) -> pl.DataFrame:
    """Return `row`, `number`, `method` and `party` (as in an array, with a comma) and `date` of each vote.

    A voter's votes are in the order of the numbers, and of two in one election the first
    is kept.
    """
    used = votes.known.with_row_index("which").filter(
        pl.col("which").is_in(votes.which.unique().implode())
    )
    told = elections.numbered(used).select(
        "which",
        "election",
        number=pl.concat_str(pl.col("election").cast(pl.String), pl.lit(_COMMA)),
        method=_quoted("method"),
        party=_quoted("party"),
        date="election_date",
    )
    every = votes.known.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("which"))
    known = every.join(told, on="which", how="left", maintain_order="left")
    found = known.select(pl.exclude("which").gather(votes.which))
    whole = found.with_columns(votes.row.alias("row"))
    if whole.select(_in_order()).item():
        return whole
    return whole.unique(["row", "election"], keep="first", maintain_order=True).sort(
        "row", "election"
    )


def _in_order() -> pl.Expr:
    """Tell whether each vote is of a later row, or of a later election, than the one before."""
    within = pl.col("row") == pl.col("row").shift(1)
    later = pl.col("election") > pl.col("election").shift(1)
    return (later | ~within).fill_null(value=True).all()


def _quoted(column: str) -> pl.Expr:
    plain = pl.col(column).fill_null("").str.replace_all(r'["\\]', "")
    return pl.concat_str(pl.lit('"'), plain, pl.lit('"' + _COMMA)).alias(column)


def _literals(parts: pl.Series, begins: pl.Series) -> pl.Series:
    """Return array literals of parts that lie one voter after the other; `begins` has one more than voters.

    They are cut out of one text of all parts: a list for each voter, joined, takes three times as long.
    """
    whole = (parts.str.join("").item() or "").encode()
    ends = parts.str.len_bytes().cast(pl.Int64).cum_sum()
    places = pl.concat([pl.Series([0], dtype=pl.Int64), ends]).gather(begins)
    buffers = [None, places.to_arrow().buffers()[1], pa.py_buffer(whole)]
    cut = pa.Array.from_buffers(pa.large_string(), len(begins) - 1, buffers)
    frame = pl.Series("cut", pl.from_arrow(cut)).to_frame()
    inside = pl.col("cut").str.strip_suffix(_COMMA)
    return frame.select(pl.concat_str(pl.lit("{"), inside, pl.lit("}"))).to_series()
