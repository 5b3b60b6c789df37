"""Voters as lines of a CSV file (RFC 4180, UTF-8), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from states.fields.definition import Field, Kind
from states.targeting.rows import VoterRow
from states.voters.ids import voter_id

# What spreadsheets take for the beginning of a formula.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIALED: Final = re.compile(r"\+[0-9]{1,15}", re.ASCII)


def header(columns: Sequence[Field]) -> bytes:
    """Return the header line: the voter's id and state, then the columns by name."""
    return _lines([["id", "state", *(one.name for one in columns)]])


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
