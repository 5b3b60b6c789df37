"""Exports as NDJSON, and column presets: what they hold, and what they never widen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from states.fields.registry import FIELDS
from states.lists.presets import PRESETS
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import ClientOf, download, fetch, order, path_of, sent_in
from tests.lists.test_lists import DEMOCRATS, save, voters


def _objects(path: str) -> list[dict[str, Any]]:
    status, parts = async_to_sync(fetch)(path)
    assert status == 200, parts
    text = b"".join(parts).decode()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.removesuffix("\n").split("\n")]


def test_presets_name_standard_fields_that_leave() -> None:
    for preset in PRESETS.values():
        assert len(set(preset.columns)) == len(preset.columns)
        assert set(preset.needs) <= set(preset.columns)
        assert all(FIELDS[name].exportable for name in preset.columns)
        assert set(preset.titles) <= set(preset.columns)


def test_ndjson_is_the_list_as_the_api_reads_it(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    ordered = order(client, saved["id"], format="ndjson")
    assert ordered["format"] == "ndjson"
    lines = _objects(path_of(ordered))
    assert all(line.pop("denied_fields") == [] for line in lines)
    rows = voters(client, saved["id"])
    assert lines == [
        {name: row[name] for name in row if name != "denied_fields"} for row in rows
    ]
    assert len(lines) == saved["counts"]["OH"]
    assert len(sent_in(ordered["id"])) == len(lines)
    response: Any = async_to_sync(AsyncClient().get)(path_of(ordered))
    assert response["Content-Type"] == "application/x-ndjson"
    assert f'{ordered["id"]}.ndjson"' in response["Content-Disposition"]
    response.close()


def test_ndjson_leaves_out_what_is_not_licensed_for_a_voter(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    terms: dict[str, Any] = {"actions": ["read", "export"]}
    grant("OH", cast.ohio, cast.stranger, groups=["registration"], **terms)
    both = ["registration", "contact_details"]
    grant("OH", cast.ohio, cast.stranger, groups=both, counties=[39061], **terms)
    client = client_of(cast.stranger)
    saved = save(client)
    columns = ["county", "phone"]
    ordered = order(client, saved["id"], format="ndjson", columns=columns)
    lines = _objects(path_of(ordered))
    assert len(lines) == 200
    for line in lines:
        licensed = line["county"] == 39061
        assert ("phone" in line) is licensed
        assert line["denied_fields"] == ([] if licensed else ["phone"])


def test_a_preset_sends_its_licensed_columns_in_its_order(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    ordered = order(client, saved["id"], preset="walk_list")
    assert ordered["columns"] == list(PRESETS["walk_list"].columns)
    lines = download(path_of(ordered))
    assert list(lines[0]) == ["id", "state", *PRESETS["walk_list"].columns]
    van = order(client, saved["id"], preset="van")
    (first, *_) = download(path_of(van))
    assert list(first)[:6] == [
        "id",
        "state",
        "StateFileID",
        "CountyFileID",
        "FirstName",
        "MiddleName",
    ]
    (same, *_) = download(path_of(order(client, saved["id"], columns=["last_name"])))
    assert first["LastName"] == same["last_name"]


def test_a_preset_never_widens_a_license(cast: Cast, client_of: ClientOf) -> None:
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read", "export"],
        groups=["registration"],
    )
    client = client_of(cast.stranger)
    saved = save(client)
    ordered = order(client, saved["id"], preset="van")
    assert {FIELDS[name].group.value for name in ordered["columns"]} == {"registration"}
    body = {"list": saved["id"], "preset": "phone_bank"}
    refused = client.post("/v1/exports", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "field_not_licensed")
    assert refused.json()["fields"] == ["phone"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"preset": "all_of_it"}, "invalid"),
        ({"preset": "van", "columns": ["party"]}, "columns_and_preset"),
        ({"format": "xlsx"}, "invalid"),
    ],
)
def test_what_is_no_preset_or_format_is_refused(
    cast: Cast, client_of: ClientOf, more: dict[str, Any], code: str
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    body = {"list": saved["id"], **more}
    refused = client.post("/v1/exports", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, code)
