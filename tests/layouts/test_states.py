"""What holds for every state that is only declared: each variant, read and written."""

import datetime as dt
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from states.layouts.binding import lengths
from states.layouts.declaration import Role, Variant
from states.layouts.elections import VOTE
from states.layouts.known import LAYOUTS
from states.layouts.parse import (
    HISTORY_COLUMNS,
    VOTER_COLUMNS,
    parse_elections,
    parse_history,
    parse_voters,
)
from states.layouts.recognize import Mismatch, Problem, Recognized, recognize
from states.layouts.rules import BirthDate, Date, Text
from states.layouts.synthesis import DELIVERY_DAY
from states.layouts.synthetic.declared import calendar_of, rows_of
from states.layouts.synthetic.people import Order, households, people
from states.layouts.synthetic.places import precincts
from states.layouts.write import file_columns, write_columns, write_file
from tests.layouts.invented import TODAY, calendar_for, people_of, votes_of
from tests.layouts.official import BREAK, header

DECLARED = [layout for layout in LAYOUTS.values() if layout.territory]
VARIANTS = [variant for layout in DECLARED for variant in layout.variants]
VOTERS = [variant for variant in VARIANTS if variant.role is Role.VOTERS]
HISTORY = [variant for variant in VARIANTS if variant.role is Role.HISTORY]
FEW = settings(
    deadline=None,
    max_examples=5,
    # Rows are wide: looking for the smallest failure takes minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PEOPLE = 24


def by_name(variant: Variant) -> str:
    return variant.name


def order(state: str) -> Order:
    return Order(state=state, voters=PEOPLE, seed=3, day=DELIVERY_DAY)


def invented(variant: Variant) -> pl.DataFrame:
    """Give the columns of an invented file of the variant, for a few people."""
    asked = order(variant.state)
    seats = households(3, 0, PEOPLE)
    ground = precincts(variant.state, PEOPLE, 3)
    _, written = rows_of(asked, people(asked, seats, ground), variant)
    return written


def content(variant: Variant, written: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    write_columns(written, variant, file, encoding="cp1252")
    return file.getvalue()


def sample(variant: Variant) -> bytes:
    if variant.role is Role.DISTRICTS:
        values = DISTRICT_LINES[variant.name]
        head = header(variant) + BREAK if variant.header else ""
        return (head + variant.delimiter.join(values) + BREAK).encode()
    return content(variant, invented(variant))


DISTRICT_LINES: dict[str, tuple[str, ...]] = {
    "ca-districts": ("1001", "CG", "CONGRESSIONAL 12"),
    "pa-zone-codes": ("ADAMS", "1", "USC13", "13TH CONGRESSIONAL"),
    "pa-zone-types": ("ADAMS", "1", "USC", "CONGRESSIONAL"),
}


def parsed(
    variant: Variant, raw: bytes, calendar: pl.DataFrame | None = None
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Read a whole file: its rows, and line and code of each reject."""
    parse = parse_voters if variant.role is Role.VOTERS else parse_history
    stream = io.BytesIO(raw)
    batches = list(parse(stream, variant, as_of=TODAY, calendar=calendar))
    rows = [row for batch in batches for row in batch.rows.to_dicts()]
    rejects = [(r.line_number, r.code.value) for b in batches for r in b.rejects]
    return rows, rejects


@pytest.mark.parametrize("variant", VOTERS, ids=by_name)
@given(data=st.data(), encoding=st.sampled_from(["utf-8", "cp1252"]))
@FEW
def test_written_people_are_read_as_the_same_people(
    variant: Variant, data: st.DataObject, encoding: str
) -> None:
    drawn = data.draw(people_of(variant))
    schema: dict[str, Any] = {**VOTER_COLUMNS, "confidential": pl.Boolean()}
    if variant.entries:
        schema["history"] = pl.List(VOTE)
    calendar = calendar_for(variant.state)
    file = io.BytesIO()
    frame = pl.DataFrame(drawn, schema=schema)
    write_file(frame, variant, file, encoding=encoding, calendar=calendar)
    rows, rejects = parsed(variant, file.getvalue(), calendar)
    for row in rows:
        row.get("history", []).sort(key=lambda v: v["election_date"], reverse=True)
    assert rejects == []
    assert [
        {name: row[name] for name in schema if name in row} for row in rows
    ] == drawn


@pytest.mark.parametrize("variant", HISTORY, ids=by_name)
@given(data=st.data())
@FEW
def test_written_votes_are_read_as_the_same_votes(
    variant: Variant, data: st.DataObject
) -> None:
    cast = data.draw(votes_of(variant))
    calendar = calendar_for(variant.state)
    file = io.BytesIO()
    frame = pl.DataFrame(cast, schema=dict(HISTORY_COLUMNS))
    write_file(frame, variant, file, calendar=calendar)
    rows, rejects = parsed(variant, file.getvalue(), calendar)
    assert rejects == []
    assert rows == cast


@pytest.mark.parametrize("variant", VARIANTS, ids=by_name)
def test_each_variant_recognizes_its_own_file_and_other_states_refuse_it(
    variant: Variant,
) -> None:
    raw = sample(variant)
    found = recognize("upload.bin", raw[: 1 << 16])
    assert isinstance(found, Recognized)
    assert found.variant.name == variant.name
    other = recognize("upload.bin", raw[: 1 << 16], state="OH")
    assert isinstance(other, Mismatch)
    assert (other.problem, other.nearest) == (Problem.OTHER_STATE, variant)


@pytest.mark.parametrize(
    "variant", [variant for variant in VOTERS if variant.header], ids=by_name
)
def test_a_changed_header_is_told_exactly(variant: Variant) -> None:
    changed = sample(variant).replace(variant.key.encode(), b"STRANGE_NEW_NAME", 1)
    found = recognize("upload.bin", changed[: 1 << 16], state=variant.state)
    assert isinstance(found, Mismatch)
    assert found.problem is Problem.CHANGED_HEADER
    assert variant.key in found.differences.missing
    assert "STRANGE_NEW_NAME" in found.differences.added


def _broken(variant: Variant) -> tuple[list[bytes], list[tuple[int, str]]]:
    """Give the lines of a file with every fault, and the rejects to come of it."""
    lines = content(variant, invented(variant)).splitlines()
    first = 1 if variant.header else 0
    good = lines[first:]
    sign = (variant.delimiter or "x").encode()
    faults = [
        (good[3].replace(b" ", b"\0", 1) if variant.widths else b"\0" + good[3]),
        good[4] + sign + b"more",
        good[5][: len(good[5]) // 2],
        good[0],
    ]
    codes = ["unreadable", "columns", "columns", "duplicate"]
    if variant.quoted:
        faults[2] = good[5].rsplit(sign, 2)[0]
        faults.append(b'"open' + sign * (len(variant.columns) - 1))
        codes.append("quote")
    if variant.header:
        faults.append(lines[0])
        codes.append("header")
    after = first + 2
    numbered = [(after + at, code) for at, code in enumerate(codes, start=1)]
    broken = [*lines[:after], *faults, *lines[after:]]
    return [*broken, good[-1].replace(b'"', b"")[:7]], [
        *numbered,
        (len(broken) + 1, "columns"),
    ]


@pytest.mark.parametrize("variant", VOTERS, ids=by_name)
def test_broken_lines_are_set_aside_and_the_others_kept(variant: Variant) -> None:
    lines, expected = _broken(variant)
    calendar = calendar_of(order(variant.state))
    rows, rejects = parsed(variant, b"\n".join(lines), calendar)
    assert rejects == expected
    assert len(rows) == PEOPLE


@pytest.mark.parametrize("variant", VOTERS, ids=by_name)
def test_placeholder_days_other_letters_and_missing_ids(variant: Variant) -> None:
    days = {
        rule.column: rule
        for rule in variant.rules
        if isinstance(rule, Date | BirthDate)
    }
    written = invented(variant)
    name = next(
        rule.columns[0]
        for rule in variant.rules
        if isinstance(rule, Text) and rule.target == "last_name"
    )
    at_start = pl.int_range(pl.len())
    spoiled = written.with_columns(
        *(
            pl.when(at_start == 0)
            .then(pl.lit(dt.date(1900, 1, 1).strftime(_format(rule))))
            .otherwise(column)
            .alias(column)
            for column, rule in days.items()
        ),
        pl.when(at_start == 1).then(pl.lit("MUÑOZ")).otherwise(name).alias(name),
        pl.when(at_start == 2)
        .then(pl.lit(""))
        .otherwise(variant.key)
        .alias(variant.key),
    )
    calendar = calendar_of(order(variant.state))
    rows, rejects = parsed(variant, content(variant, spoiled), calendar)
    assert rejects == [(3 + variant.header, "key")]
    assert rows[0]["registration_date"] is None
    assert rows[0]["birth_date"] is None
    assert rows[1]["last_name"] == "MUÑOZ"


def _format(rule: Date | BirthDate) -> str:
    return rule.format if isinstance(rule.format, str) else rule.format[0]


@pytest.mark.parametrize(
    "variant", [one for one in VOTERS if one.flag or one.masks], ids=by_name
)
def test_flag_and_mask_hide_a_voter(variant: Variant) -> None:
    written = invented(variant)
    if variant.flag:
        column, value = variant.flag.column, variant.flag.values[0]
    else:
        column, value = "RESIDENCE ADDRESS", variant.masks[0].upper()
    marked = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(value))
    spoiled = written.with_columns(marked.otherwise(column).alias(column))
    rows, _ = parsed(
        variant, content(variant, spoiled), calendar_of(order(variant.state))
    )
    assert rows[0]["confidential"]
    assert not all(row["confidential"] for row in rows)


@pytest.mark.parametrize(
    "variant", [one for one in VARIANTS if one.role is Role.ELECTIONS], ids=by_name
)
def test_the_calendar_is_read_as_it_was_written(variant: Variant) -> None:
    calendar = calendar_of(order(variant.state))
    raw = content(variant, file_columns(calendar, variant))
    (batch,) = parse_elections(io.BytesIO(raw), variant)
    assert batch.rejects == []
    named = {rule.target for rule in variant.rules if isinstance(rule, Text)}
    kept = ["election_date", *sorted(named)]
    assert batch.rows.select(kept).equals(calendar.select(kept))


@pytest.mark.parametrize(
    "variant", [one for one in VARIANTS if one.widths], ids=by_name
)
def test_fixed_lines_are_as_long_as_the_state_says(variant: Variant) -> None:
    line = sample(variant).splitlines()[0]
    assert len(line) == max(lengths(variant)) == LENGTHS[variant.name]


LENGTHS = {
    "ct-voters": 770,
    "ga-history-fixed": 27,
    "tx-voters-685": 685,
    "tx-voters-679": 679,
    "tx-voters-666": 666,
    "tx-voters-666-classic": 666,
    "tx-history-685": 685,
    "tx-history-679": 679,
    "mi-voters-fixed": 520,
    "mi-history-fixed": 39,
    "mi-elections": 71,
    "id-voters-fixed": 1391,
}


def test_headers_as_declared_are_recognized() -> None:
    for variant in VARIANTS:
        if variant.header:
            found = recognize("x", (header(variant) + BREAK).encode())
            assert isinstance(found, Recognized), variant.name
