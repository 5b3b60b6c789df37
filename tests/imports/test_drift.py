"""A known layout that drifted: told exactly, never guessed, read once its owner has mapped it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.imports.models import Import, Status
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import (
    OHIO,
    deliver,
    import_delivery,
    ohio_file,
    people,
    registration,
)

GOOD = ohio_file(people(range(1, 11)))
DRIFTED = GOOD.replace(b"LAST_NAME", b"FAMILY", 1)
WHERE = f"/v1/states/OH/column-mappings/{OHIO.name}"
MAPPING = {"columns": {"Family": "LAST_NAME"}}


def imported(cast: Cast, content: bytes) -> Import:
    return import_delivery(cast.ohio, deliver(cast.ohio, {"SWVF.txt": content}))


def fault(run: Import) -> dict[str, Any]:
    assert run.status == Status.FAILED
    assert run.problem
    found: dict[str, Any] = run.problem["files"][0]
    return found


def without(content: bytes, name: bytes) -> bytes:
    lines = [line.split(b",") for line in content.splitlines()]
    place = [cell.strip(b'"') for cell in lines[0]].index(name)
    return b"".join(
        b",".join(cells[:place] + cells[place + 1 :]) + b"\n" for cells in lines
    )


def test_what_changed_is_told_exactly(ohio: Cast) -> None:
    told = fault(imported(ohio, DRIFTED))
    assert (told["code"], told["layout"]) == ("changed_header", OHIO.name)
    assert (told["missing"], told["added"]) == (["LAST_NAME"], ["FAMILY"])
    assert told["renamed"] == [{"column": "LAST_NAME", "to": "FAMILY"}]
    assert "moved" not in told
    cut = fault(imported(ohio, without(GOOD, b"LAST_NAME")))
    assert cut["missing"] == ["LAST_NAME"]
    assert not cut.keys() & {"added", "moved", "renamed"}


def test_a_mapping_is_remembered_and_taken_back(
    ohio: Cast, client_of: ClientOf
) -> None:
    client = client_of(ohio.ohio)
    assert client.put(WHERE, MAPPING, format="json").status_code == 200
    run = imported(ohio, DRIFTED)
    assert run.status == Status.PUBLISHED, run.problem
    assert registration(ohio, 3).last_name == "EXAMPLE3"
    again = imported(ohio, DRIFTED)
    assert again.figures["unchanged"] == 10
    assert imported(ohio, GOOD).figures["unchanged"] == 10
    listed = client.get("/v1/states/OH/column-mappings").json()["results"]
    assert listed == [{"layout": OHIO.name, **MAPPING}]
    assert client.put(WHERE, {"columns": {}}, format="json").status_code == 200
    assert fault(imported(ohio, DRIFTED))["code"] == "changed_header"
    with acting_as(ohio.ohio, Action.MANAGE):
        entries = Entry.objects.filter(event="imports:columns:accepted").order_by("at")
        assert [one.detail["after"] for one in entries] == [MAPPING["columns"], {}]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"FAMILY": "SURNAME"}, "column_unknown"),
        ({"FAMILY": "LAST_NAME", "CLAN": "LAST_NAME"}, "repeated"),
        ({"first_name": "LAST_NAME"}, "column_taken"),
        ({"SSN": "LAST_NAME"}, "column_secret"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(
    ohio: Cast, client_of: ClientOf, columns: dict[str, str], code: str
) -> None:
    answer = client_of(ohio.ohio).put(WHERE, {"columns": columns}, format="json")
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == [code]


def test_nobody_else_sees_or_accepts(ohio: Cast, client_of: ClientOf) -> None:
    owner = client_of(ohio.ohio)
    assert owner.put(WHERE, MAPPING, format="json").status_code == 200
    unknown = owner.put(WHERE + "x", MAPPING, format="json")
    assert unknown.json()["code"] == "layout_unknown"
    for name, actor in ohio.everyone.items():
        if name == "ohio":
            continue
        client = client_of(actor)
        assert client.put(WHERE, MAPPING, format="json").status_code == 404
        assert client.get("/v1/states/OH/column-mappings").status_code == 404
        with acting_as(actor, Action.IMPORT), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM imports_columnmapping")
            assert cursor.fetchone()[0] == 0
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(
                    "INSERT INTO imports_columnmapping"
                    " VALUES ('OH', 'x', '{}', gen_random_uuid(), now())"
                )
