"""A tracer's line, made from its voter's: what names a person is the tracer's, all else stays as it is.

Lines are those that the server wrote, and what is not changed keeps its very bytes: quoting, order, figures.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from states.fields.definition import Field, Group, Kind
from states.tracers.people import Tracer

_CELL: Final = re.compile(rb'("(?:[^"]|"")*"|[^,\n]*)[,\n]')
_NEEDS_QUOTES: Final = re.compile(r'[,"\r\n]|\A\Z|\A\\\.\Z')
_FIGURES: Final = frozenset({Kind.INTEGER, Kind.NUMBER})
_FIGURE: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_DECODER: Final = json.JSONDecoder()
NOTHING_YET: Final[Mapping[str, str]] = {"attempts": "0", "suppressions": ""}
"""What the canvass says of someone whom nobody contacted, where it is not that nothing is known."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How an export's lines are written: JSON objects or cells of CSV, and which fields under which titles.

    `rests_on` are the groups by which its list tells voters apart: a tracer has its voter's values of those.
    `ordered_by` is the score by which the lines follow each other; "" where they follow by id.
    """

    json: bool
    fields: tuple[Field, ...]
    titles: tuple[str, ...]
    rests_on: frozenset[Group] = frozenset()
    as_of: dt.date = field(default_factory=dt.date.today)
    ordered_by: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The ids in registers under which a tracer stands; None where it stands under none."""

    state: str | None
    county: str | None


def raw_id(line: bytes, *, json: bool) -> bytes:
    """Return the id of the voter whose line this is, as 16 bytes."""
    start = len('{"id":"OH-') if json else len("OH-")
    return bytes.fromhex(line[start : start + 32].decode())


def text_in(line: bytes, shape: Shape, name: str) -> str | None:
    """Return the text of a field in a line; None where it is unknown, or no column."""
    return _read(line, shape).text(name)


def with_text(line: bytes, shape: Shape, name: str, value: str | None) -> bytes:
    """Return a line with another text of a field, if that is a column."""
    written = _read(line, shape)
    written.put(name, value)
    return written.joined()


def tracer_line(line: bytes, shape: Shape, tracer: Tracer, register: Register) -> bytes:
    """Return a tracer's line beside that of its voter."""
    written = _read(line, shape)
    public = f"{written.text('state')}-{tracer.id.hex}"
    written.put("id", public)
    for name, value in _values(written, shape, tracer, register).items():
        written.put(name, value)
    return written.joined()


def _read(line: bytes, shape: Shape) -> _Line:
    return _JsonLine(line, shape) if shape.json else _CsvLine(line, shape)


def _values(
    written: _Line, shape: Shape, tracer: Tracer, register: Register
) -> dict[str, str | None]:
    """Return the new values of those of a line's fields that are not its voter's.

    What is not known of the voter, or not licensed, is not of the tracer either.
    """
    cased = _casing(written.text("last_name"))
    address, unit = tracer.address, tracer.unit
    values: dict[str, str | None] = {
        "state_voter_id": register.state,
        "county_voter_id": register.county,
        "first_name": cased(tracer.first),
        "middle_name": tracer.middle,
        "last_name": cased(tracer.last),
        "name_suffix": None,
        "res_address": address.line1,
        "res_address_raw": None,
        "res_city": cased(address.city),
        "res_zip5": address.zip5,
        "res_zip4": None,
        "phone": tracer.phone,
        "email": tracer.email,
        "mail_line1": address.line1,
        "mail_line2": unit,
        "mail_city": cased(address.city),
        "mail_state": written.text("state"),
        "mail_zip5": address.zip5,
        "mail_country": None,
        **_dates(written, shape, tracer.days),
        **_of_nobody(shape),
    }
    known = {name: one for name, one in values.items() if written.text(name)}
    return known | {"res_address2": unit}


def _dates(written: _Line, shape: Shape, days: int) -> dict[str, str | None]:
    """Return the voter's dates on other days of their months, and the age that goes with the birth."""
    moved: dict[str, str | None] = {}
    for name in ("birth_date", "registration_date"):
        day = written.text(name)
        if day:
            old = dt.date.fromisoformat(day)
            moved[name] = old.replace(day=(old.day - 1 + days) % 28 + 1).isoformat()
    born = moved.get("birth_date")
    if born:
        moved["age"] = str(_age(dt.date.fromisoformat(born), shape.as_of))
    return moved


def _age(born: dt.date, day: dt.date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _of_nobody(shape: Shape) -> dict[str, str | None]:
    """Return the values of fields that the licensee itself may know by heart: contacts and scores.

    A tracer was contacted by nobody and scored by nobody, unless the list is made by just that.
    """
    own = {Group.CONTACTS, Group.SCORES} - shape.rests_on
    return {
        one.name: NOTHING_YET.get(one.name) for one in shape.fields if one.group in own
    }


def _casing(like: str | None) -> Callable[[str], str]:
    return str.upper if like and like.isupper() else str


class _CsvLine:
    """Cells as the server's COPY wrote them: unknown is an empty cell, an empty text two quotes."""

    def __init__(self, line: bytes, shape: Shape) -> None:
        self._cells = _CELL.findall(line)
        names = ["id", "state", *(one.name for one in shape.fields)]
        self._places = {name: place for place, name in enumerate(names)}

    def text(self, name: str) -> str | None:
        place = self._places.get(name)
        cell = b"" if place is None else self._cells[place]
        if not cell:
            return None
        if cell.startswith(b'"'):
            cell = cell[1:-1].replace(b'""', b'"')
        return str(cell.decode())

    def put(self, name: str, value: str | None) -> None:
        place = self._places.get(name)
        if place is not None:
            self._cells[place] = b"" if value is None else _quoted(value).encode()

    def joined(self) -> bytes:
        return b",".join(self._cells) + b"\n"


class _JsonLine:
    """The members of an object as they are written; a value that is a figure or a list is put as such."""

    def __init__(self, line: bytes, shape: Shape) -> None:
        self._members = _members(line.decode())
        titled = zip(shape.fields, shape.titles, strict=True)
        self._titles = {"id": "id", "state": "state"}
        self._titles |= {one.name: title for one, title in titled}
        self._figures = {one.name for one in shape.fields if one.kind in _FIGURES}

    def text(self, name: str) -> str | None:
        raw = self._members.get(self._titles.get(name, ""), "null")
        value: Any = json.loads(raw)
        return None if value is None else value if isinstance(value, str) else raw

    def put(self, name: str, value: str | None) -> None:
        title = self._titles.get(name)
        if title not in self._members:
            return
        raw = self._members[title]
        if value is None:
            written = "null"
        elif raw.startswith("["):
            written = json.dumps([one for one in value.split(";") if one])
        elif raw.startswith('"') or (
            raw == "null" and not self._is_figure(name, value)
        ):
            written = json.dumps(value, ensure_ascii=False)
        else:
            written = value
        self._members[title] = written

    def _is_figure(self, name: str, value: str) -> bool:
        return name in self._figures and _FIGURE.fullmatch(value) is not None

    def joined(self) -> bytes:
        parts = (f"{json.dumps(title)}:{raw}" for title, raw in self._members.items())
        return ("{" + ",".join(parts) + "}\n").encode()


_Line = _CsvLine | _JsonLine


def _members(text: str) -> dict[str, str]:
    """Return an object's members by their titles, each as it is written."""
    members, place = {}, 1
    while text[place - 1] != "}":
        title, place = _DECODER.raw_decode(text, place)
        start = place + 1
        _, place = _DECODER.raw_decode(text, start)
        members[title] = text[start:place]
        place += 1
    return members


def _quoted(value: str) -> str:
    if _NEEDS_QUOTES.search(value) is None:
        return value
    return '"' + value.replace('"', '""') + '"'
