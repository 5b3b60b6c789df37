"""The parser: from an open file in a known layout to batches of canonical rows."""

import datetime as dt
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from states.fields.registry import Field, Group, Kind, fields_of
from states.layouts.ahead import ahead
from states.layouts.calendar import CALENDAR_COLUMNS, with_calendar
from states.layouts.canonical import normalized
from states.layouts.cutting import Cut, Known, Reading, cuts_of, first_uses, set_aside
from states.layouts.declaration import Role, Variant
from states.layouts.decode import BATCH_LINES, Block, Point
from states.layouts.elections import (
    Cast,
    Votes,
    vote_verdict,
    votes_in_columns,
    votes_in_entries,
)
from states.layouts.familiar import (
    DIGESTS,
)
from states.layouts.normalize import EARLY, clean, flagged
from states.layouts.records import Reject, RejectCode
from states.layouts.shape import LINE

_GROUPS = (Group.REGISTRATION, Group.DEMOGRAPHICS, Group.CONTACT_DETAILS)
_IDENTIFIER = "state_voter_id"
_TYPES = {Kind.INTEGER: pl.Int32, Kind.DATE: pl.Date}


def _type(declared: Field) -> pl.DataType:
    return _TYPES.get(declared.kind, pl.String)()


VOTER_COLUMNS: dict[str, pl.DataType] = {
    declared.column: _type(declared)
    for group in _GROUPS
    for declared in fields_of(group)
    if declared.column
}
HISTORY_COLUMNS: dict[str, pl.DataType] = {
    "state_voter_id": pl.String(),
    "election_date": pl.Date(),
    "election_type": pl.String(),
    "election_name": pl.String(),
    "method": pl.String(),
    "party": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one stretch of the file, and the lines of it that gave none.

    ``table`` are the rows without votes, which are ``votes`` if the layout has them
    in the voters' rows; ``rows`` has them too, as a list, which takes its time.
    ``bytes_read`` and ``lines_read`` count from the start of the file up to the
    end of this batch; ``not_votes`` counts this batch's history lines that the
    state keeps but that are no vote. Rejects are in the order of the lines.
    Of votes in voters' rows, ``undated`` counts those in elections whose day is
    not told, and ``unclear`` those whose code is not known: neither is kept.
    Where familiar lines were passed over, ``same`` are their places, which ``table`` does
    not have; ``digests`` are those of its rows' lines, null where a line may not become
    familiar, and ``manner`` says how they were read.
    """

    table: pl.DataFrame
    rejects: list[Reject]
    bytes_read: int
    lines_read: int
    votes: Votes | None = None
    not_votes: int = 0
    undated: int = 0
    unclear: int = 0
    digests: pl.DataFrame | None = None
    same: pl.Series | None = None
    manner: str = ""

    @property
    def rows(self) -> pl.DataFrame:
        """Give the rows whole, with the column ``history`` if they have votes."""
        if self.votes is None:
            return self.table
        return self.table.with_columns(self.votes.lists())

    @property
    def point(self) -> Point:
        """Give the place in the file where this batch ends."""
        return Point(self.lines_read, self.bytes_read)


def parse_voters(  # all of them say how one file is read
    stream: BinaryIO,
    variant: Variant,
    *,
    as_of: dt.date | None = None,
    lines: int = BATCH_LINES,
    calendar: pl.DataFrame | None = None,
    after: Point | None = None,
    known: Known | None = None,
) -> Generator[Batch, None, None]:
    """Yield a voters file as batches of about ``lines`` rows.

    Tables have the columns of ``VOTER_COLUMNS`` and ``confidential`` (boolean).
    Days after ``as_of`` (today if not given) are placeholders. ``calendar`` are the
    rows of the delivery's elections files, if it has any. With ``after``, the end of
    a batch, reading goes on there, and ``known`` has the identifiers of the rows before.
    Lines that are familiar to it are passed over: a batch names their places alone.
    Raises ``LayoutMismatch`` before the first batch if the header does not fit,
    ``CalendarMissing`` if the layout needs a calendar and there is none.
    """
    _expect(variant, Role.VOTERS)
    reading = Reading(variant, as_of or _today(), calendar, after)
    reading.known = known or reading.known
    with closing(ahead(first_uses(cuts_of(stream, reading, lines), reading))) as cuts:
        for cut in cuts:
            cast = _cast(cut.table, reading)
            table, early = _voters(cut.table, reading)
            yield Batch(
                table=table,
                votes=cast.votes if cast else None,
                rejects=_in_order(cut.rejects),
                bytes_read=cut.block.bytes_read,
                lines_read=cut.block.lines_read,
                not_votes=cast.not_votes if cast else 0,
                undated=cast.undated if cast else 0,
                unclear=cast.unclear if cast else 0,
                digests=_to_keep(cut, early, cast),
                same=None if cut.same is None else cut.same["place"],
                manner=reading.lines.manner if reading.lines else "",
            )


def _to_keep(cut: Cut, early: pl.Series, cast: Cast | None) -> pl.DataFrame | None:
    """Give the digests of a batch's rows, null where a later day could read another thing.

    Entries that give no vote are counted by batch: none of such a batch becomes familiar.
    """
    if cut.digests is None:
        return None
    if cast and (cast.not_votes or cast.undated or cast.unclear):
        return cut.digests.clear(len(cut.table))
    told = cut.digests.select(pl.all().gather(cut.table[LINE] - cut.block.first_line))
    return told.select(pl.when(~early).then(name).alias(name) for name in DIGESTS)


def parse_history(
    stream: BinaryIO,
    variant: Variant,
    *,
    as_of: dt.date | None = None,
    lines: int = BATCH_LINES,
    calendar: pl.DataFrame | None = None,
    after: Point | None = None,
) -> Generator[Batch, None, None]:
    """Yield a history file as batches of votes, with the columns of ``HISTORY_COLUMNS``.

    A vote that the file holds twice is given twice: only the whole set of files
    can tell. ``calendar``, ``after`` and errors are as in ``parse_voters``.
    """
    _expect(variant, Role.HISTORY)
    reading = Reading(variant, as_of or _today(), calendar, after)
    with closing(ahead(cuts_of(stream, reading, lines))) as cuts:
        for cut in cuts:
            votes, not_votes, unclear = _votes(cut.table, reading, cut.block)
            rows, undated = _dated(votes, reading, cut.block)
            yield Batch(
                table=rows,
                rejects=_in_order(cut.rejects + unclear + undated),
                bytes_read=cut.block.bytes_read,
                lines_read=cut.block.lines_read,
                not_votes=not_votes,
            )


def parse_elections(
    stream: BinaryIO, variant: Variant, *, lines: int = BATCH_LINES
) -> Generator[Batch, None, None]:
    """Yield an elections file as batches with the columns of ``CALENDAR_COLUMNS``.

    Future elections are kept. The rows of all of a delivery's elections files
    together are its calendar. Raises ``LayoutMismatch`` as ``parse_voters`` does.
    """
    _expect(variant, Role.ELECTIONS)
    reading = Reading(variant, dt.date.max)
    for cut in cuts_of(stream, reading, lines):
        cleaned, _ = clean(cut.table, _sources(cut.table, variant))
        rows, undated = _dated(cleaned, reading, cut.block, CALENDAR_COLUMNS)
        yield Batch(
            table=rows,
            rejects=_in_order(cut.rejects + undated),
            bytes_read=cut.block.bytes_read,
            lines_read=cut.block.lines_read,
        )


def _expect(variant: Variant, role: Role) -> None:
    if variant.role is not role:
        raise ValueError(f"{variant.name} holds {variant.role}, not {role}.")


def _today() -> dt.date:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC).date()


def _in_order(rejects: list[Reject]) -> list[Reject]:
    return sorted(rejects, key=lambda line: line.line_number)


def _voters(rows: pl.DataFrame, reading: Reading) -> tuple[pl.DataFrame, pl.Series]:
    """Give the rows as voters, and which of them another day could read differently."""
    variant = reading.variant
    columns = _sources(rows, variant)
    cleaned, masked = clean(rows, columns, variant.masks, variant.placeholders)
    if variant.flag and variant.flag.column in columns:
        masked |= rows.select(flagged(variant.flag)).to_series()
    if variant.withheld:
        given = pl.any_horizontal(pl.col(variant.withheld).is_not_null())
        masked |= cleaned.select(~given).to_series()
    known = _normalized(cleaned, reading)
    voters = known.select(
        pl.col(name).cast(kind)
        if name in known.columns
        else pl.lit(None, kind).alias(name)
        for name, kind in VOTER_COLUMNS.items()
    )
    return voters.with_columns(masked.alias("confidential")), known[EARLY]


def _cast(rows: pl.DataFrame, reading: Reading) -> Cast | None:
    """Read the votes in the voters' rows; None where they are in files of their own."""
    variant, binding = reading.variant, reading.binding
    if binding and variant.elections:
        return votes_in_columns(rows, binding.elections, variant.elections)
    if binding and variant.entries:
        return votes_in_entries(
            rows, binding.places, variant.entries, reading.calendar, reading.today
        )
    return None


def _sources(rows: pl.DataFrame, variant: Variant) -> tuple[str, ...]:
    return tuple(name for name in variant.sources if name in rows.columns)


def _normalized(cleaned: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    absent = set(reading.variant.sources) - set(cleaned.columns)
    whole = cleaned.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    return normalized(whole, reading.variant.rules, reading.today)


def _votes(
    rows: pl.DataFrame, reading: Reading, block: Block
) -> tuple[pl.DataFrame, int, list[Reject]]:
    """Keep the rows that are votes; count those that are not, refuse the unclear."""
    columns = _sources(rows, reading.variant)
    plain, _ = clean(rows, columns, placeholders=reading.variant.placeholders)
    cleaned = with_calendar(plain, reading.variant.calendar, reading.calendar)
    if reading.variant.vote_codes is None:  # every row is a vote
        return cleaned, 0, []
    verdict = cleaned.select(vote_verdict(reading.variant.vote_codes)).to_series()
    clear, rejects = set_aside(
        cleaned, verdict.is_not_null(), RejectCode.CODE, (reading, block)
    )
    votes = clear.filter(verdict.drop_nulls())
    return votes, len(clear) - len(votes), rejects


def _dated(
    votes: pl.DataFrame,
    reading: Reading,
    block: Block,
    schema: Mapping[str, pl.DataType] = HISTORY_COLUMNS,
) -> tuple[pl.DataFrame, list[Reject]]:
    known = _normalized(votes, reading).with_columns(votes[LINE])
    dated, rejects = set_aside(
        known, known["election_date"].is_not_null(), RejectCode.DATE, (reading, block)
    )
    return dated.select(
        pl.col(name).cast(kind)
        if name in dated.columns
        else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    ), rejects
