"""The next voters of a download as lines: read, and noted as members of the export, by one statement.

The server writes the lines; one message of its COPY is one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from states.fields.definition import Field
from states.fields.registry import FIELDS, field as standard_field
from states.lists.models import Export, Format
from states.lists.presets import titles_of
from states.lists.queries import Opened, universe_of
from states.targeting.columns import literal
from states.targeting.licensing import License
from states.targeting.lines import csv_cells, is_labeled, json_cells, page_of_lines
from states.targeting.queries import STATEMENT_SECONDS, text_of

# Enough for a chunk's lines beside their members, so that none of it goes to disk.
_MEMORY: Final = "64MB"
_ID_AT: Final = {Format.CSV: 0, Format.PARQUET: 0, Format.NDJSON: len('{"id":"')}
_STATEMENT: Final = (
    "COPY (WITH page AS MATERIALIZED ({page}),"
    " sent AS (INSERT INTO lists_export_member (state, export, voter, place, sent_from, organization)"
    " SELECT {state}, {export}, page.voter, page.place, page.place, {organization} FROM page"
    " ON CONFLICT DO NOTHING)"
    " SELECT {cells} FROM page) TO STDOUT (FORMAT {form})"
)


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
    opened: Opened, license_: License, wanted: Wanted, *, after: UUID | None, limit: int
) -> list[bytes]:
    """Return the next `limit` voters of one state of a list by id, a line each, in the open export scope.

    CSV lines are safe to open in a spreadsheet; Parquet's are the same cells as they are.
    """
    facts = opened.facts[license_.state]
    columns = [one for one in wanted.columns if one.group in license_.groups]
    cells = _cells(opened, license_, wanted)
    page = page_of_lines(
        universe_of(opened, license_.state, after),
        facts,
        columns,
        cells=cells,
        after=after,
        limit=limit,
    )
    statement = sql.SQL(_STATEMENT).format(
        page=page,
        state=sql.Literal(license_.state),
        export=literal(wanted.export, "uuid"),
        organization=literal(wanted.organization, "uuid"),
        cells=sql.SQL(", ").join(
            sql.Identifier(f"c{number}") for number in range(len(cells))
        ),
        form=sql.SQL("text" if wanted.format == Format.NDJSON else "csv"),
    )
    return _copied(text_of(statement), wanted.format)


def voter_of(line: bytes, form: Format) -> UUID:
    """Return the voter whose line this is."""
    start = _ID_AT[form] + len("OH-")
    return UUID(line[start : start + 32].decode())


def _cells(
    opened: Opened, license_: License, wanted: Wanted
) -> Sequence[sql.Composable]:
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
