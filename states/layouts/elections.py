"""Vote history in its three shapes; what is stored but is no vote does not count.

A column per election (the name says which), rows in a second file with a
header, and rows without one: the last two differ in their declaration only.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from states.layouts.declaration import ElectionColumns, VoteCodes

VOTE = pl.Struct(
    {
        "election_date": pl.Date,
        "election_type": pl.String,
        "method": pl.String,
        "party": pl.String,
    }
)


@dataclass(frozen=True, slots=True)
class Election:
    """An election that a column of the file stands for."""

    column: str
    election_date: dt.date
    election_type: str


def elections_of(
    declared: ElectionColumns, names: Sequence[str]
) -> tuple[Election, ...]:
    """Give the elections that the header names, in the file's order."""
    found = ((name, declared.pattern.fullmatch(name)) for name in names)
    return tuple(
        Election(
            column=name,
            election_date=_day(match["date"], declared.date_format),
            election_type=declared.types[match["type"]],
        )
        for name, match in found
        if match
    )


def _day(text: str, pattern: str) -> dt.date:
    return dt.datetime.strptime(text, pattern).replace(tzinfo=dt.UTC).date()


def history(
    rows: pl.DataFrame, elections: Sequence[Election], declared: ElectionColumns
) -> pl.Series:
    """Give each row's votes as a list of ``VOTE``, in the order of the columns."""
    if not elections:
        return pl.Series("history", [[]] * len(rows), dtype=pl.List(VOTE))
    votes = (
        rows.select(election.column for election in elections)
        .with_row_index("row")
        .unpivot(index="row", variable_name="column", value_name="letter")
        .drop_nulls("letter")
        .with_columns(pl.col("letter").str.strip_chars())
        .filter(pl.col("letter").is_in(list(declared.votes)))
        .join(_table(elections), on="column", maintain_order="left")
        .select(
            "row",
            vote=pl.struct(
                "election_date",
                "election_type",
                method=pl.lit(None, pl.String),
                party=_party(declared),
            ),
        )
        .group_by("row")
        .agg("vote")
    )
    every = pl.DataFrame({"row": pl.int_range(len(rows), dtype=pl.UInt32, eager=True)})
    found = every.join(votes, on="row", how="left", maintain_order="left")
    empty = pl.lit([], dtype=pl.List(VOTE))
    return found.select(pl.col("vote").fill_null(empty).alias("history")).to_series()


def _party(declared: ElectionColumns) -> pl.Expr:
    named = {letter: party for letter, party in declared.votes.items() if party}
    return pl.col("letter").replace_strict(
        list(named), list(named.values()), default=None, return_dtype=pl.String
    )


def _table(elections: Sequence[Election]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "column": [election.column for election in elections],
            "election_date": [election.election_date for election in elections],
            "election_type": [election.election_type for election in elections],
        }
    )


def vote_verdict(codes: VoteCodes) -> pl.Expr:
    """Say of a history row whether it is a vote: true, false, or null if not known."""
    code = pl.col(codes.column)
    return (
        pl.when(code.is_in(list(codes.votes)))
        .then(statement=True)
        .when(code.is_in(list(codes.not_votes)))
        .then(statement=False)
        .otherwise(None)
    )
