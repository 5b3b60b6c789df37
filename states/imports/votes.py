"""Votes made compact: a state's elections by number, a voter's votes as three parallel arrays.

A voter's arrays are in the order of the elections' numbers, as PostgreSQL array literals
ready for COPY.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

KEY = ("election_date", "election_type")


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


def with_arrays(rows: pl.DataFrame, elections: Elections) -> pl.DataFrame:
    """Turn the list column `history` of voters into the arrays and `last_voted_date`.

    Without that column (history lies in files of its own) all four are null.
    """
    if "history" not in rows.columns:
        empty = ("elections", "methods", "parties", "last_voted_date")
        return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in empty)
    votes = (
        rows.select("history")
        .with_row_index("row")
        .explode("history", empty_as_null=False)
        .unnest("history")
        .drop_nulls("election_date")
    )
    arrays = (
        elections.numbered(votes)
        .unique(["row", "election"], keep="first", maintain_order=True)
        .sort("row", "election")
        .group_by("row", maintain_order=True)
        .agg(
            elections=pl.col("election").cast(pl.String),
            methods=_quoted("method"),
            parties=_quoted("party"),
            last_voted_date=pl.col("election_date").max().dt.to_string("%Y-%m-%d"),
        )
        .with_columns(_literal(name) for name in ("elections", "methods", "parties"))
    )
    whole = rows.drop("history").with_row_index("row")
    joined = whole.join(arrays, on="row", how="left", maintain_order="left")
    return joined.drop("row").with_columns(
        pl.col("elections", "methods", "parties").fill_null("{}")
    )


def _quoted(column: str) -> pl.Expr:
    plain = pl.col(column).fill_null("").str.replace_all(r'["\\]', "")
    return pl.concat_str(pl.lit('"'), plain, pl.lit('"'))


def _literal(column: str) -> pl.Expr:
    listed = pl.col(column).list.join(",")
    return pl.concat_str(pl.lit("{"), listed, pl.lit("}")).alias(column)
