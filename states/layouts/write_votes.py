"""Votes written into voters' rows: a column per election, or entries."""

import polars as pl

from states.layouts.calendar import CalendarMissing
from states.layouts.declaration import CalendarKey, ElectionColumns, Entries, Place
from states.layouts.write_rules import columns

_CODE, _NTH = "__code", "__nth"


def election_columns(votes: pl.Series, declared: ElectionColumns) -> pl.DataFrame:
    """Give a column for each election that anybody voted in, the oldest first."""
    types = {canonical: name for name, canonical in declared.types.items()}
    letters: dict[str, str] = {}
    for letter, party in declared.votes.items():
        letters.setdefault(party or "", letter)
    cast = (
        votes.to_frame("history")
        .with_row_index("row")
        .explode("history", empty_as_null=False)
        .unnest("history")
        .select(
            "row",
            day="election_date",
            column=pl.col("election_type").replace_strict(types)
            + "-"
            + pl.col("election_date").dt.strftime(declared.date_format),
            letter=pl.col("party").fill_null("").replace_strict(letters),
        )
    )
    order = cast.sort("day", "column")["column"].unique(maintain_order=True).to_list()
    rows = pl.DataFrame({"row": pl.int_range(len(votes), dtype=pl.UInt32, eager=True)})
    wide = cast.pivot(
        "column", index="row", values="letter", aggregate_function="first"
    )
    return rows.join(wide, on="row", how="left", maintain_order="left").select(order)


def codes_of(
    votes: pl.DataFrame, key: CalendarKey, calendar: pl.DataFrame | None
) -> pl.DataFrame:
    """Fill the column of the election's code, from ``election_date`` and scope.

    Raises ``CalendarMissing`` without a calendar.
    """
    if calendar is None:
        raise CalendarMissing
    known = calendar.select(
        "election_date",
        pl.col("code").alias(_CODE),
        pl.col("scope") if key.scope else pl.lit(None, pl.String).alias("scope"),
    ).unique(["election_date", "scope"], keep="first", maintain_order=True)
    if key.scope:
        found = votes.join(
            known,
            left_on=["election_date", key.scope],
            right_on=["election_date", "scope"],
            how="left",
            maintain_order="left",
        )
    else:
        found = votes.join(known, on="election_date", how="left", maintain_order="left")
    return found.with_columns(pl.col(_CODE).alias(key.code))


def with_entries(
    written: pl.DataFrame,
    history: pl.Series,
    declared: Entries,
    calendar: pl.DataFrame | None,
) -> pl.DataFrame:
    """Write each voter's votes into the places of the row, the newest first.

    Votes for which there is no place are left out, as they are by the states.
    """
    parts = _parts(written, history, declared, calendar)
    if declared.separator:
        return _as_text(written, parts, declared)
    places = declared.places or _groups(parts, declared)
    return _placed(written, parts, places, declared)


def _parts(
    written: pl.DataFrame,
    history: pl.Series,
    declared: Entries,
    calendar: pl.DataFrame | None,
) -> pl.DataFrame:
    """Give a row for each vote: number of the voter's row and the parts' texts."""
    votes = (
        history.to_frame("history")
        .with_row_index("row")
        .explode("history", empty_as_null=False)
        .unnest("history")
        .sort("row", "election_date", descending=[False, True], maintain_order=True)
    )
    filled = votes.with_columns(
        expression.cast(pl.String)
        for rule in reversed(declared.rules)
        for expression in columns(rule)
    )
    if declared.groups and declared.present:  # the first column repeats the name
        filled = filled.with_columns(pl.col("election").alias(declared.present))
    if (codes := declared.vote_codes) and codes.column not in filled.columns:
        filled = filled.with_columns(pl.lit(min(codes.votes)).alias(codes.column))
    if key := declared.calendar:
        if key.scope:
            county = declared.places[0].columns[declared.parts.index(key.scope)]
            filled = filled.with_columns(
                written[county].gather(filled["row"]).alias(key.scope)
            )
        filled = codes_of(filled, key, calendar).drop_nulls(key.code)
    return filled.select(
        "row",
        *(
            pl.col(name) if name in filled.columns else pl.lit("").alias(name)
            for name in declared.parts
        ),
    )


def _as_text(
    written: pl.DataFrame, parts: pl.DataFrame, declared: Entries
) -> pl.DataFrame:
    (place,) = declared.places
    texts = parts.group_by("row", maintain_order=True).agg(
        pl.col(declared.parts[0]).str.join(f"{declared.separator} ").alias("text")
    )
    rows = pl.DataFrame(
        {"row": pl.int_range(len(written), dtype=pl.UInt32, eager=True)}
    )
    whole = rows.join(texts, on="row", how="left", maintain_order="left")["text"]
    return written.with_columns(whole.alias(place.columns[0]))


def _groups(parts: pl.DataFrame, declared: Entries) -> tuple[Place, ...]:
    """Give a group of columns for each election that anybody voted in."""
    names = parts["election"].unique().sort().to_list()
    return tuple(
        Place((name, *(name + follower for follower in declared.followers)), (name,))
        for name in names
    )


def _placed(
    written: pl.DataFrame,
    parts: pl.DataFrame,
    places: tuple[Place, ...],
    declared: Entries,
) -> pl.DataFrame:
    if not places:
        return written
    own = len(declared.parts) - len(places[0].given)
    if declared.joint:
        texts = [
            pl.when(pl.col(name) != "").then(name) for name in declared.parts[:own]
        ]
        joined = pl.concat_str(texts, separator=declared.joint, ignore_nulls=True)
        parts = parts.with_columns(joined.alias(declared.parts[0]))
    given = list(declared.parts[own:])
    nth = pl.int_range(pl.len()).over(["row", *given])
    ranked = parts.with_columns(nth.alias(_NTH))
    columns_written: dict[str, pl.Series] = {}
    taken: dict[tuple[str, ...], int] = {}
    for place in places:
        turn = taken.get(place.given, 0)
        taken[place.given] = turn + 1
        here = ranked.filter(
            pl.col(_NTH) == turn,
            *(
                pl.col(n).fill_null("") == text
                for n, text in zip(given, place.given, strict=True)
            ),
        )
        for name, part in zip(place.columns, declared.parts, strict=False):
            if not name:
                continue
            blank = columns_written.get(name)
            if blank is None:
                blank = _start(written, name)
            columns_written[name] = blank.scatter(here["row"], here[part])
    return written.with_columns(
        column.alias(name) for name, column in columns_written.items()
    )


def _start(written: pl.DataFrame, name: str) -> pl.Series:
    if name in written.columns:
        return written[name].clone()
    return pl.Series(name, [None] * len(written), dtype=pl.String)
