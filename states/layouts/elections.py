"""Votes that stand in a voter's own row: a column per election, or entries.

What is stored but is no vote does not count. Entries repeat (a state has a few
thousand different ones), so each different one is read once.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from states.layouts.calendar import with_calendar
from states.layouts.canonical import normalized
from states.layouts.declaration import ElectionColumns, Entries, Place, VoteCodes
from states.layouts.decode import UNIT_SEPARATOR
from states.layouts.normalize import clean

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


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes in voters' rows: the number of a ``row`` (ascending) and, beside it, ``which``.

    That is the place in ``known``, which has each different vote once, with the
    columns of ``VOTE``. ``rows`` is how many rows there are, votes or none.
    """

    row: pl.Series
    which: pl.Series
    known: pl.DataFrame
    rows: int

    def lists(self) -> pl.Series:
        """Give each row's votes as a list of ``VOTE``."""
        struct = self.known.select(pl.struct(list(VOTE.to_schema()))).to_series()
        by_row = (
            pl.DataFrame({"row": self.row, "vote": struct.gather(self.which)})
            .with_columns(pl.col("row").set_sorted())
            .group_by("row", maintain_order=True)
            .agg("vote")
        )
        every = pl.DataFrame({"row": pl.int_range(self.rows, dtype=_PLACE, eager=True)})
        found = every.join(by_row, on="row", how="left", maintain_order="left")
        empty = pl.lit([], dtype=pl.List(VOTE))
        return found.select(history=pl.col("vote").fill_null(empty)).to_series()


_PLACE = pl.UInt32


@dataclass(frozen=True, slots=True)
class Cast:
    """The votes in the voters' rows, and how many entries were not kept.

    ``not_votes`` are stored but no votes; ``undated`` name an election whose day
    is not told; ``unclear`` have a code that is not known.
    """

    votes: Votes
    not_votes: int = 0
    undated: int = 0
    unclear: int = 0


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


def votes_in_columns(
    rows: pl.DataFrame, elections: Sequence[Election], declared: ElectionColumns
) -> Cast:
    """Read the columns of elections, in their order."""
    if not elections or rows.is_empty():
        return Cast(_none(len(rows)))
    letters = rows.select(election.column for election in elections)
    ranks, unclear = _ranked(letters, declared)
    if unclear:
        ranks, unclear = _ranked(letters.select(pl.all().str.strip_chars()), declared)
    places = [
        ranks[election.column].cast(_PLACE) + at * len(declared.votes)
        for at, election in enumerate(elections)
    ]
    width, cells = len(places), len(places) * len(rows)
    at = pl.int_range(cells, dtype=_PLACE, eager=True)
    # From column after column to row after row.
    by_row = pl.concat([place.rename("place") for place in places]).gather(
        (at % width) * len(rows) + at // width
    )
    cast = pl.DataFrame({"row": at // width, "place": by_row}).drop_nulls("place")
    votes = Votes(cast["row"], cast["place"], _known(elections, declared), len(rows))
    return Cast(votes, unclear=unclear)


def _ranked(
    letters: pl.DataFrame, declared: ElectionColumns
) -> tuple[pl.DataFrame, int]:
    """Give the rank of each letter that is a vote, and count the others that are written."""
    kept = pl.Enum(list(declared.votes))
    ranks = letters.select(pl.all().cast(kept, strict=False).to_physical())
    written = sum((letters != "").sum().row(0), start=0)
    return ranks, written - sum(ranks.count().row(0), start=0)


def _known(elections: Sequence[Election], declared: ElectionColumns) -> pl.DataFrame:
    """Give every vote that can be in the file, by election and letter."""
    return pl.DataFrame(
        [
            {
                "election_date": election.election_date,
                "election_type": election.election_type,
                "method": None,
                "party": party,
            }
            for election in elections
            for party in declared.votes.values()
        ],
        schema=VOTE.to_schema(),
    )


def _none(rows: int) -> Votes:
    nothing = pl.Series([], dtype=_PLACE)
    return Votes(nothing, nothing, pl.DataFrame(schema=VOTE.to_schema()), rows)


def votes_in_entries(
    rows: pl.DataFrame,
    places: Sequence[Place],
    declared: Entries,
    calendar: pl.DataFrame | None,
    today: dt.date,
) -> Cast:
    """Read the entries of each row, place after place.

    Raises ``CalendarMissing`` if they need the calendar and there is none.
    """
    if not places or rows.is_empty():
        return Cast(_none(len(rows)))
    found = _texts(rows, places, declared)
    counted = found["text"].value_counts(name="count")
    told = _parted(counted["text"], declared, len(places[0].given))
    read = _interpreted(counted, told, declared, calendar, today)
    vote = read["verdict"].fill_null(value=False) & read["election_date"].is_not_null()
    known = read.filter(vote).with_row_index("place")
    cast = found.join(known.select("text", "place"), on="text", maintain_order="left")
    votes = Votes(
        cast["row"].cast(_PLACE),
        cast["place"],
        known.select(list(VOTE.to_schema())),
        len(rows),
    )
    verdict = read["verdict"]
    return Cast(
        votes,
        not_votes=_sum(read, ~verdict),
        undated=_sum(read, verdict & read["election_date"].is_null()),
        unclear=_sum(read, verdict.is_null()),
    )


def _sum(read: pl.DataFrame, which: pl.Series) -> int:
    return int(read.filter(which)["count"].sum())


def _texts(
    rows: pl.DataFrame, places: Sequence[Place], declared: Entries
) -> pl.DataFrame:
    """Give row number and text of each entry, its parts joined; in the rows' order."""
    present = declared.parts.index(declared.present or declared.parts[0])
    numbered = rows.with_row_index("row")
    texts = pl.concat(
        numbered.select("row", text=_joined(place, present)).drop_nulls("text")
        for place in places
    )
    if declared.separator:
        texts = texts.with_columns(
            pl.col("text").str.split(declared.separator)
        ).explode("text", empty_as_null=False)
        texts = texts.with_columns(pl.col("text").str.strip_chars())
        texts = texts.filter(pl.col("text") != "")
    return texts.sort("row", maintain_order=True) if len(places) > 1 else texts


def _joined(place: Place, present: int) -> pl.Expr:
    parts = [
        *(
            pl.col(name).str.strip_chars().fill_null("") if name else pl.lit("")
            for name in place.columns
        ),
        *map(pl.lit, place.given),
    ]
    whole = pl.concat_str(parts, separator=UNIT_SEPARATOR)
    return pl.when(parts[min(present, len(parts) - 1)] != "").then(whole)


def _parted(texts: pl.Series, declared: Entries, given: int) -> pl.DataFrame:
    """Give the parts of each entry: a joint code's own, then what its place tells."""
    whole = texts.to_frame("text")
    if not declared.joint:
        split = pl.col("text").str.splitn(UNIT_SEPARATOR, len(declared.parts))
        return whole.select(_named(split, declared.parts)).unnest("text")
    own = len(declared.parts) - given
    split = pl.col("text").str.splitn(UNIT_SEPARATOR, given + 1)
    told = whole.select(_named(split, ("text", *declared.parts[own:]))).unnest("text")
    pieces = pl.col("text").str.splitn(declared.joint, own)
    return told.with_columns(_named(pieces, declared.parts[:own])).unnest("text")


def _named(split: pl.Expr, parts: Sequence[str]) -> pl.Expr:
    return split.struct.rename_fields(list(parts))


def _interpreted(
    counted: pl.DataFrame,
    parts: pl.DataFrame,
    declared: Entries,
    calendar: pl.DataFrame | None,
    today: dt.date,
) -> pl.DataFrame:
    """Read each different entry: its vote, and whether it is one (null: not known)."""
    cleaned, _ = clean(parts, declared.parts)
    told = with_calendar(cleaned, declared.calendar, calendar)
    verdict = pl.lit(value=True)
    if declared.vote_codes:
        verdict = vote_verdict(declared.vote_codes)
    values = normalized(told, declared.rules, today)
    votes = values.select(
        pl.col(name).cast(kind)
        if name in values.columns
        else pl.lit(None, kind).alias(name)
        for name, kind in VOTE.to_schema().items()
    )
    told_apart = cleaned.with_columns(verdict=verdict).select("verdict")
    return counted.hstack(votes).hstack(told_apart)


def vote_verdict(codes: VoteCodes) -> pl.Expr:
    """Say of a history row whether it is a vote: true, false, or null if not known."""
    code = pl.col(codes.column)
    return (
        pl.when(code.is_null())
        .then(pl.lit(codes.blank))
        .when(code.is_in(list(codes.votes)))
        .then(statement=True)
        .when(code.is_in(list(codes.not_votes)))
        .then(statement=False)
        .otherwise(None)
    )
