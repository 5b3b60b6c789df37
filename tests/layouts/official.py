"""Small official files by hand, and what was read from them, for the tests here."""

import io
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import polars as pl

from states.layouts.declaration import Layout, Role, Variant
from states.layouts.parse import Batch, parse_history, parse_voters

BREAK = "\n"


def line(variant: Variant, values: Mapping[str, str], *extra: str) -> str:
    """Give one line of the file; columns not named are blank, ``extra`` come last."""
    fields = [values.get(name, "") for name in variant.columns] + list(extra)
    if variant.quoted:
        fields = ['"' + field.replace('"', '""') + '"' for field in fields]
    return variant.delimiter.join(fields)


def header(variant: Variant, *extra: str) -> str:
    """Give the file's header line."""
    return line(variant, {name: name for name in variant.columns}, *extra)


def read(
    content: bytes | str, variant: Variant, *, lines: int = 1 << 16
) -> list[Batch]:
    """Parse a whole file; text is taken as UTF-8."""
    raw = content.encode() if isinstance(content, str) else content
    parse = parse_voters if variant.role is Role.VOTERS else parse_history
    return list(parse(io.BytesIO(raw), variant, lines=lines))


def rows_of(batches: list[Batch]) -> list[dict[str, Any]]:
    """Give all rows of all batches."""
    return [row for batch in batches for row in batch.rows.to_dicts()]


def ids_of(batches: list[Batch]) -> list[str]:
    """Give the identifiers of all rows, in order."""
    return [row["state_voter_id"] for row in rows_of(batches)]


def rejects_of(batches: list[Batch]) -> list[tuple[int, str]]:
    """Give line number and code of all rejects, in order."""
    return [
        (reject.line_number, reject.code.value)
        for batch in batches
        for reject in batch.rejects
    ]


PEOPLE = dict[str, str]


def of(state: ModuleType, name: str) -> Variant:
    layout: Layout = state.LAYOUT
    return next(one for one in layout.variants if one.name == name)


def votes_in(
    variant: Variant, values: PEOPLE, calendar: pl.DataFrame | None = None
) -> Batch:
    """Read a file of one voter."""
    lines = [header(variant)] if variant.header else []
    content = BREAK.join([*lines, line(variant, values)]).encode()
    (batch,) = parse_voters(io.BytesIO(content), variant, calendar=calendar)
    assert batch.rejects == []
    return batch


def told(batch: Batch) -> list[tuple[Any, ...]]:
    (row,) = batch.rows.to_dicts()
    return [
        (
            str(vote["election_date"]),
            vote["election_type"],
            vote["method"],
            vote["party"],
        )
        for vote in row["history"]
    ]
