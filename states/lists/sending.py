"""The next voters of a download as lines: read, and noted as sent, by one statement.

The server writes the lines; one message of its COPY is one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from states.fields.definition import Field
from states.fields.registry import FIELDS, field as standard_field
from states.lists.models import Export, Format
from states.lists.ordering import Position
from states.lists.presets import titles_of
from states.lists.queries import Opened, universe_of
from states.targeting.columns import literal
from states.targeting.licensing import License
from states.targeting.lines import (
    Cells,
    csv_cells,
    is_labeled,
    json_cells,
    lines_of_page,
    page_at_spots,
    page_of_lines,
)
from states.targeting.queries import STATEMENT_SECONDS, text_of

# Enough for a chunk's lines beside their members, so that none of it goes to disk.
_MEMORY: Final = "64MB"
_ID_AT: Final = {Format.CSV: 0, Format.PARQUET: 0, Format.NDJSON: len('{"id":"')}
BLOCK: Final = 1024
"""How many voters are noted in one row: a voter is looked for in few rows, and each is read fast."""

_STATEMENT: Final = """
COPY (WITH page AS MATERIALIZED ({page}),
noted AS (
    INSERT INTO lists_export_block
        (state, export, download, number, organization, lowest, highest, voters, places)
    SELECT {state}, {export}, {fetch}, {sent} + b.number, {organization},
           b.voters[1], b.voters[cardinality(b.voters)], b.voters, b.places
    FROM (SELECT min(m.n) AS number, array_agg(m.voter ORDER BY m.n) AS voters,
                 array_agg(m.place ORDER BY m.n) AS places
          FROM (SELECT page.voter, page.place, row_number() OVER (ORDER BY page.voter) - 1 AS n
                FROM page) AS m
          GROUP BY m.n / {block}) AS b)
{lines}) TO STDOUT (FORMAT {form})"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the lines of an export are to hold: for whom it is, in which format, under which titles.

    `labeled` are the names of scores whose values are words.
    """

    export: UUID
    organization: UUID
    format: Format
    columns: tuple[Field, ...]
    titles: tuple[str, ...]
    labeled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """Which voters of a state come next: up to `limit` after `after`, or those at a position of the export's order.

    `fetch` is the download that they are for, `sent` how many it has sent.
    """

    after: UUID | None
    limit: int
    fetch: int
    sent: int
    position: Position | None = None


def wanted_of(export: Export, opened: Opened) -> Wanted:
    """Return what the lines of an export are to hold, by what its list licenses now."""
    columns = _columns(export, opened)
    titles = titles_of(export.preset, columns)
    form = Format(export.format)
    labeled = frozenset(
        one.name
        for one in columns
        if any(is_labeled(one, facts) for facts in opened.facts.values())
    )
    return Wanted(export.id, export.organization, form, columns, tuple(titles), labeled)


def _columns(export: Export, opened: Opened) -> tuple[Field, ...]:
    """Return the columns: those ordered, or all that some state of the list licenses."""
    if export.columns is not None:
        return tuple(standard_field(name) for name in export.columns)
    licensed = {group for held in opened.choice.licensed for group in held.groups}
    return tuple(
        one for one in FIELDS.values() if one.exportable and one.group in licensed
    )


def send_lines(
    opened: Opened, license_: License, wanted: Wanted, part: Part
) -> list[bytes]:
    """Return the next voters of one state of a list, a line each, in the open export scope.

    CSV lines are safe to open in a spreadsheet; Parquet's are the same cells as they are.
    """
    facts = opened.facts[license_.state]
    columns = [one for one in wanted.columns if one.group in license_.groups]
    cells = _cells(opened, license_, wanted)
    page = _page(opened, license_, columns, cells, part)
    statement = sql.SQL(_STATEMENT).format(
        page=page,
        state=sql.Literal(license_.state),
        export=literal(wanted.export, "uuid"),
        fetch=sql.Literal(part.fetch),
        sent=sql.Literal(part.sent),
        organization=literal(wanted.organization, "uuid"),
        block=sql.Literal(BLOCK),
        lines=lines_of_page(facts, columns, cells=cells),
        form=sql.SQL("text" if wanted.format == Format.NDJSON else "csv"),
    )
    return _copied(text_of(statement), wanted.format)


def _page(
    opened: Opened,
    license_: License,
    columns: list[Field],
    cells: Cells,
    part: Part,
) -> sql.Composed:
    state, facts = license_.state, opened.facts[license_.state]
    meant = universe_of(opened, state, part.after)
    if part.position:
        spots = part.position.spots(state)
        return page_at_spots(meant, facts, columns, cells=cells, spots=spots)
    return page_of_lines(
        meant, facts, columns, cells=cells, after=part.after, limit=part.limit
    )


def voter_of(line: bytes, form: Format) -> UUID:
    """Return the voter whose line this is."""
    start = _ID_AT[form] + len("OH-")
    return UUID(line[start : start + 32].decode())


def _cells(opened: Opened, license_: License, wanted: Wanted) -> Cells:
    facts, shown = opened.facts[license_.state], license_.groups
    if wanted.format == Format.NDJSON:
        return json_cells(wanted.columns, wanted.titles, facts, shown)
    safe = wanted.format == Format.CSV
    return csv_cells(wanted.columns, facts, shown, safe=safe)


def _copied(statement: str, form: Format) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute(f"SET LOCAL work_mem = '{_MEMORY}'")
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            lines = [bytes(line) for line in copy]
    if form == Format.NDJSON:
        # COPY doubles backslashes, and JSON text holds no other sign that it would change.
        return [line.replace(b"\\\\", b"\\") for line in lines]
    return lines
