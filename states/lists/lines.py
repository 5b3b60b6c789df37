"""Lines of a CSV file (RFC 4180, UTF-8) that are not the server's: the header, and what is put between."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any, Final

from states.fields.definition import Kind
from states.targeting.lines import DANGEROUS

_DIALED: Final = re.compile(r"\+[0-9]{1,15}", re.ASCII)


def header(titles: Sequence[str]) -> bytes:
    """Return the header line: the voter's id and state, then the columns by their titles."""
    return csv_line(["id", "state", *titles], end="\r\n")


def csv_line(cells: Sequence[str], *, end: str = "\n") -> bytes:
    """Return cells as one line, quoted where they must be."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=end).writerow(cells)
    return buffer.getvalue().encode()


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
