"""The rows of a bulk job: kept in parts as they were uploaded, read one by one, in order."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from coop.errors import FieldFault, Invalid
from coop.strict_json import NotJson, strict_json
from states.canvass.job_models import JobFormat
from states.canvass.lines import LONGEST, Lines
from states.files.storage import discard, receive

PARTS_MOST: Final = 10_000
CHUNK: Final = 1 << 20
NUMBERS: Final = frozenset({"support", "birth_year"})
LISTS: Final = frozenset({"suppressions", "opt_ins"})
VOTER: Final = "voter."


def folder_of(job: UUID) -> Path:
    """Return where a job's parts lie."""
    return Path(settings.STORAGE_FOLDER) / "contact-jobs" / job.hex


def keep_part(job: UUID, number: int, chunks: Iterable[bytes]) -> int:
    """Write a part of a job, whole or not at all; return its bytes. The same number replaces it."""
    stored = receive(chunks)
    try:
        folder = folder_of(job)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stored.path.replace(folder / f"{number:05}")
    except BaseException:
        discard(stored)
        raise
    return stored.size


def forget_parts(job: UUID) -> None:
    """Delete a job's parts."""
    shutil.rmtree(folder_of(job), ignore_errors=True)


def rows_of(job: UUID, form: str) -> Iterator[object]:
    """Yield each row as a contact is pushed, or the `FieldFault` that it is instead.

    Raises `Invalid` where the file cannot be read on: no UTF-8, no header, a column of no
    meaning, a line without end.
    """
    with closing(_Parts(job)) as parts:
        yield from _csv_rows(parts) if form == JobFormat.CSV else _json_rows(parts)


def raw_rows_of(job: UUID, form: str) -> Iterator[str]:
    """Yield each row as text, for those who want back what was not worked on. Raises as `rows_of`."""
    with closing(_Parts(job)) as parts:
        if form == JobFormat.CSV:
            for cells in _reader(parts)[1]:
                line = io.StringIO()
                csv.writer(line, lineterminator="").writerow(cells)
                yield line.getvalue()
            return
        for raw in _raw_lines(parts):
            yield "" if raw is None else raw.decode(errors="replace")


class _Parts(io.RawIOBase):
    """The parts of a job as one stream."""

    def __init__(self, job: UUID) -> None:
        self._waiting = iter(sorted(folder_of(job).glob("[0-9]*")))
        self._open: io.BufferedReader | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._open is None:
                path = next(self._waiting, None)
                if path is None:
                    return 0
                self._open = path.open("rb")
            many = self._open.readinto(buffer)
            if many:
                return many
            self._open.close()
            self._open = None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        super().close()


def _raw_lines(parts: _Parts) -> Iterator[bytes | None]:
    lines = Lines()
    while chunk := parts.read(CHUNK):
        for line in lines.feed(chunk):
            yield line.raw
    for line in lines.close():
        yield line.raw


def _json_rows(parts: _Parts) -> Iterator[object]:
    for raw in _raw_lines(parts):
        if raw is None:
            detail = f"A line has at most {LONGEST} bytes."
            yield FieldFault("", "line_too_long", detail)
            continue
        yield _read(raw)


def _read(raw: bytes) -> object:
    """Return what a line of JSON holds, or the fault that it is."""
    try:
        return strict_json(raw)
    except NotJson as error:
        return FieldFault("", "line_malformed", str(error))
    except Invalid as error:
        return error.faults[0]


def _csv_rows(parts: _Parts) -> Iterator[object]:
    header, rows = _reader(parts)
    for cells in rows:
        if any("\0" in cell for cell in cells):
            yield FieldFault("", "character_invalid", "Text must not hold a NUL.")
        elif len(cells) == len(header):
            yield _contact(dict(zip(header, cells, strict=True)))
        else:
            detail = f"The row has {len(cells)} cells, the header {len(header)}."
            yield FieldFault("", "cells_wrong", detail)


def _reader(parts: _Parts) -> tuple[list[str], Iterator[list[str]]]:
    """Return the header and the rows that are not blank."""
    text = io.TextIOWrapper(io.BufferedReader(parts, CHUNK), "utf-8-sig", newline="")
    rows = _checked(csv.reader(_bounded(text), strict=True))
    header = [name.strip() for name in next(rows, [])]
    if not header or len(set(header)) != len(header) or "" in header:
        raise Invalid("header_invalid", "The first line names each column once.")
    return header, (cells for cells in rows if cells)


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith("\n"):
            raise Invalid("line_too_long", f"A line has at most {LONGEST} characters.")
        yield line


def _checked(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except UnicodeDecodeError as error:
        raise Invalid("line_malformed", "The file is not UTF-8.") from error
    except csv.Error as error:
        raise Invalid("line_malformed", "A cell of the CSV does not end.") from error


def _contact(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of CSV as a contact is pushed; empty cells are absent.

    `voter.state`, `voter.last_name` and the like make the reference to the voter; lists are
    separated by semicolons, an answer is `question:response`, a removed code begins with `-`.
    """
    told: dict[str, Any] = {}
    voter: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell:
            continue
        if name.startswith(VOTER):
            voter[name.removeprefix(VOTER)] = _value(name.removeprefix(VOTER), cell)
        else:
            told[name] = _value(name, cell)
    return told | ({"voter": voter} if voter else {})


def _value(name: str, cell: str) -> Any:
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    if name in NUMBERS:
        return int(cell) if cell.isascii() and cell.isdigit() else cell
    if name in LISTS:
        return parts
    if name == "survey_responses":
        pairs = [part.partition(":") for part in parts]
        return [{"question": one, "response": other} for one, _, other in pairs]
    if name == "activist_codes":
        return [
            {"code": part.removeprefix("-"), "applied": not part.startswith("-")}
            for part in parts
        ]
    return cell
