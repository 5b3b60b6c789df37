"""A file taken out of its delivery: before an import, after a failed one, never under one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.files.models import Delivery
from states.imports.actions import order_import
from states.imports.models import Status
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import deliver, import_delivery, ohio_file, people

GOOD = ohio_file(people(range(1, 11)))


def kept(storage: Path) -> int:
    return sum(path.is_file() for path in storage.rglob("*"))


def take_out(client: APIClient, delivery: Delivery, name: str) -> tuple[int, str]:
    answer = client.delete(f"/v1/deliveries/{delivery.id}/files/{name}")
    return answer.status_code, answer.json()["code"] if answer.content else ""


def test_a_bad_file_is_taken_out_after_a_failed_import(
    ohio: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(ohio.ohio)
    delivery = deliver(ohio.ohio, {"SWVF.txt": GOOD, "letter.txt": b"Dear Sir,\n"})
    assert import_delivery(ohio.ohio, delivery).status == Status.FAILED
    assert take_out(client, delivery, "letter.txt") == (204, "")
    assert take_out(client, delivery, "letter.txt") == (404, "not_found")
    assert kept(storage) == 1
    assert import_delivery(ohio.ohio, delivery).status == Status.PUBLISHED
    assert take_out(client, delivery, "SWVF.txt") == (409, "delivery_imported")
    with acting_as(ohio.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="files:file:deleted")
        assert (entry.state, entry.detail["bytes"]) == ("OH", 10)


def test_an_import_that_waits_holds_the_files(ohio: Cast, client_of: ClientOf) -> None:
    delivery = deliver(ohio.ohio, {"SWVF.txt": GOOD})
    order_import(delivery=delivery.id, by=ohio.ohio)
    taken = take_out(client_of(ohio.ohio), delivery, "SWVF.txt")
    assert taken == (409, "delivery_imported")


def test_bytes_that_another_delivery_holds_stay(
    ohio: Cast, client_of: ClientOf, storage: Path
) -> None:
    first, second = (deliver(ohio.ohio, {"SWVF.txt": GOOD}) for _ in range(2))
    client = client_of(ohio.ohio)
    assert take_out(client, first, "SWVF.txt") == (204, "")
    assert kept(storage) == 1
    assert import_delivery(ohio.ohio, second).status == Status.PUBLISHED


def test_strangers_find_nothing_to_take_out(
    ohio: Cast, client_of: ClientOf, storage: Path
) -> None:
    delivery = deliver(ohio.ohio, {"SWVF.txt": GOOD})
    for name, actor in ohio.everyone.items():
        if name != "ohio":
            taken = take_out(client_of(actor), delivery, "SWVF.txt")
            assert taken == (404, "not_found")
    assert kept(storage) == 1


@pytest.mark.parametrize("action", list(Action))
def test_the_wall_keeps_strangers_from_deleting(ohio: Cast, action: Action) -> None:
    deliver(ohio.ohio, {"SWVF.txt": GOOD})
    if action in {Action.WORK, Action.OPERATE}:
        pytest.skip("not an organization's scope")
    with acting_as(ohio.stranger, action), connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM files_file")
        assert cursor.rowcount == 0
