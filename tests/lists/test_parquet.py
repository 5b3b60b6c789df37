"""Exports as Parquet: typed columns that polars and DuckDB read back, equal to the same export's CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from pyarrow import parquet

from states.fields.definition import Kind
from states.fields.registry import FIELDS, field
from states.lists.formats import encoder_of
from states.lists.lines import csv_line
from states.lists.models import Format
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import ClientOf, download, fetch, order, path_of
from tests.lists.test_lists import save

DELIVERED = [one.name for one in FIELDS.values() if one.exportable]


def _parquet(path: str) -> bytes:
    status, parts = async_to_sync(fetch)(path)
    assert status == 200, parts
    return b"".join(parts)


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else str(value)


def test_parquet_holds_what_csv_holds(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    suppressed, contacted = cast.places[1][0], cast.places[1][1]
    push(cast.ohio, body(suppressed, result_code="do_not_call"), body(contacted))
    drain()
    client = client_of(cast.ohio)
    saved = save(client, states=["OH"])
    lines = download(path_of(order(client, saved["id"])))
    whole = _parquet(path_of(order(client, saved["id"], format="parquet")))
    table = pl.read_parquet(io.BytesIO(whole))
    assert table.columns == ["id", "state", *DELIVERED]
    rows = table.to_dicts()
    assert len(rows) == len(lines) > 100
    for row, line in zip(rows, lines, strict=True):
        assert {name: _as_cell(value) for name, value in row.items()} == {
            name: text if FIELDS.get(name) is None else text.removeprefix("'")
            for name, text in line.items()
        }
    assert ["call"] in table["suppressions"].to_list()
    assert parquet.ParquetFile(io.BytesIO(whole)).num_row_groups > 2


def test_columns_have_their_types(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    tmp_path: Path,
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"], format="parquet")
    file = tmp_path / "export.parquet"
    file.write_bytes(_parquet(path_of(ordered)))
    schema = parquet.read_schema(file)
    for one in (field(name) for name in ordered["columns"] or ["age", "last_contact"]):
        kinds = {Kind.INTEGER: pa.int32(), Kind.DATE: pa.date32()}
        assert schema.field(one.name).type == kinds.get(one.kind, pa.string())
    assert schema.field("suppressions").type == pa.list_(pa.string())
    answer = duckdb.sql(
        f"SELECT count(*), count(DISTINCT id), typeof(any_value(registration_date))"
        f" FROM read_parquet('{file}')"
    )
    assert answer is not None
    assert answer.fetchall() == [(80, 80, "DATE")]
    response: Any = async_to_sync(AsyncClient().get)(path_of(ordered))
    assert response["Content-Type"] == "application/vnd.apache.parquet"
    assert f'{ordered["id"]}.parquet"' in response["Content-Disposition"]
    response.close()


def test_values_are_as_they_are_and_an_empty_text_is_not_null() -> None:
    columns = [
        field(name) for name in ("last_name", "age", "birth_date", "suppressions")
    ]
    encoder = encoder_of(
        Format.PARQUET, columns, ["last_name", "age", "birth_date", "s"]
    )
    first = encoder.add(
        [csv_line(["OH-1", "OH", '=1+"1"\nÉ', "7", "1980-02-29", "call;text"])]
    )
    second = encoder.add([b'OH-2,OH,"",,,""\n'])
    whole = first + second + encoder.end()
    assert first.startswith(b"PAR1")
    assert pl.read_parquet(io.BytesIO(whole)).rows() == [
        ("OH-1", "OH", '=1+"1"\nÉ', 7, dt.date(1980, 2, 29), ["call", "text"]),
        ("OH-2", "OH", "", None, None, []),
    ]


def test_a_file_without_voters_is_a_file() -> None:
    for form, lines in ((Format.CSV, 1), (Format.NDJSON, 0)):
        encoder = encoder_of(form, [field("age")], ["age"])
        whole = encoder.add([]) + encoder.end()
        assert len(list(csv.reader(io.StringIO(whole.decode())))) == lines
    encoder = encoder_of(Format.PARQUET, [field("age")], ["age"])
    whole = encoder.add([]) + encoder.end()
    assert pl.read_parquet(io.BytesIO(whole)).columns == ["id", "state", "age"]
