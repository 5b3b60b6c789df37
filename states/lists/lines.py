"""Voters as lines: of a CSV file (RFC 4180, UTF-8), safe to open in a spreadsheet, or of JSON objects."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from states.fields.definition import Field, Kind
from states.targeting.rows import VoterRow
from states.voters.ids import voter_id

# What spreadsheets take for the beginning of a formula.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIALED: Final = re.compile(r"\+[0-9]{1,15}", re.ASCII)


def header(titles: Sequence[str]) -> bytes:
    """Return the header line: the voter's id and state, then the columns by their titles."""
    return _lines([["id", "state", *titles]])


def objects(
    rows: Iterable[VoterRow], columns: Sequence[Field], titles: Sequence[str]
) -> bytes:
    """Return a JSON object a voter, each on its line.

    What is unknown is null; what is not licensed is left out, and named under `denied_fields`.
    """
    named = [(one.name, title) for one, title in zip(columns, titles, strict=True)]
    return b"".join(_object(row, named) for row in rows)


def _object(row: VoterRow, named: Sequence[tuple[str, str]]) -> bytes:
    values = {title: row.values[name] for name, title in named if name in row.values}
    denied = [title for name, title in named if name not in row.values]
    whole = {
        "id": voter_id(row.state, row.voter),
        "state": row.state,
        **values,
        "denied_fields": denied,
    }
    text = json.dumps(whole, ensure_ascii=False, default=_plain, separators=(",", ":"))
    return f"{text}\n".encode()


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def lines(rows: Iterable[VoterRow], columns: Sequence[Field]) -> bytes:
    """Return a line a voter; what is unknown or not licensed is an empty cell."""
    return _lines(_cells(row, columns) for row in rows)


def cell(value: Any, kind: Kind = Kind.TEXT) -> str:
    """Return a value as the text of a cell, a leading quote taking a formula's force away.

    Telephone numbers in E.164 keep their plus: digits alone are no formula.
    """
    if value is None:
        return ""
    text = ";".join(value) if isinstance(value, list) else str(value)
    if kind is Kind.PHONE and _DIALED.fullmatch(text):
        return text
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _cells(row: VoterRow, columns: Sequence[Field]) -> list[str]:
    values = [cell(row.values.get(one.name), one.kind) for one in columns]
    return [voter_id(row.state, row.voter), row.state, *values]


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
