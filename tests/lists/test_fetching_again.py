"""Fetching a link again: the same bytes, parts of them, after a fresh look at who may have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, connections, transaction
from django.test import AsyncClient
from django.utils import timezone

from api.v1.downloads import StreamCut
from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.organizations.models import Credential
from states.lists import serving, spool
from states.lists.models import Spool
from states.lists.spool import folder
from states.lists.sweep import sweep_exports, sweep_files
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import (
    ClientOf,
    entries,
    fetch,
    order,
    path_of,
    problem,
    status_of,
)
from tests.lists.test_lists import save


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path


@pytest.fixture
def ordered(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> dict[str, Any]:
    """A campaign's export that was fetched once: its path, its id, and the bytes that came."""
    client = client_of(cast.campaign)
    made = order(client, save(client)["id"])
    status, parts = async_to_sync(fetch)(path_of(made))
    assert status == 200
    assert len(list(folder().iterdir())) == 1
    return {"path": path_of(made), "id": made["id"], "body": b"".join(parts)}


def _get(path: str, **headers: str) -> tuple[Any, bytes]:
    async def got() -> tuple[Any, bytes]:
        response: Any = await AsyncClient().get(path, headers=headers)
        if not response.streaming:
            return response, response.content
        return response, b"".join([part async for part in response.streaming_content])

    return async_to_sync(got)()


def test_a_later_fetch_sends_the_same_bytes(
    ordered: dict[str, Any], cast: Cast
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute("UPDATE voters_registration SET last_name = 'OTHER'")
        cursor.execute("RESET ROLE")
    response, body = _get(ordered["path"])
    assert response.status_code == 200
    assert body == ordered["body"]
    assert b"OTHER" not in body
    assert int(response["Content-Length"]) == len(body)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"] == "no-store"
    (served,) = entries(cast.campaign, "lists:export:served")
    assert served.state == "OH"
    assert "phone" not in served.detail
    assert len(entries(cast.campaign, "lists:export:downloaded")) == 1


def test_parts_of_a_file_can_be_fetched(ordered: dict[str, Any]) -> None:
    path, body = ordered["path"], ordered["body"]
    whole, _ = _get(path)
    tag, size = whole["ETag"], len(body)
    assert tag.startswith('"')
    for asked, start, stop in (
        ("bytes=0-9", 0, 10),
        ("bytes=5-", 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=10-{size * 2}", 10, size),
    ):
        response, part = _get(path, Range=asked)
        assert (response.status_code, part) == (206, body[start:stop])
        assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert int(response["Content-Length"]) == stop - start
    for asked in (f"bytes={size}-", "bytes=-0"):
        response, _body = _get(path, Range=asked)
        assert response.status_code == 416
        assert response["Content-Range"] == f"bytes */{size}"
        assert response.json()["code"] == "range_not_satisfiable"
    for asked in ("bytes=0-1,4-5", "bytes=9-2", "lines=1-2", "bytes=-"):
        response, part = _get(path, Range=asked)
        assert (response.status_code, part) == (200, body)
    response, part = _get(path, Range="bytes=0-9", **{"If-Range": tag})
    assert (response.status_code, len(part)) == (206, 10)
    response, part = _get(path, Range="bytes=0-9", **{"If-Range": '"other"'})
    assert (response.status_code, part) == (200, body)


def _move(voter: Any, place: int) -> None:
    """Move a voter as a publication does: its registration carries the publication's number."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        shielded = "confidential" if place < 0 else None
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date)"
            " SELECT 'OH', max(number) + 1, gen_random_uuid(), current_date"
            " FROM voters_publication WHERE state = 'OH' RETURNING number"
        )
        number = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE voters_registration SET place = %s, shielded = %s, publication = %s"
            " WHERE state = 'OH' AND voter = %s",
            [place, shielded, number, voter],
        )
        cursor.execute("RESET ROLE")


def _shielded_place() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "SELECT min(place) FROM jurisdictions_place WHERE state = 'OH' AND place < 0"
        )
        found = cursor.fetchone()[0]
        cursor.execute("RESET ROLE")
        return -1 if found is None else int(found)


def test_a_file_with_a_voter_who_is_protected_since_is_not_served(
    ordered: dict[str, Any], cast: Cast
) -> None:
    _move(cast.places[1][0], _shielded_place())
    assert problem(ordered["path"]) == (410, "export_outdated")
    response, _ = _get(ordered["path"], Range="bytes=0-9")
    assert response.status_code == 410


def test_a_file_with_a_voter_who_moved_out_of_reach_is_not_served(
    ordered: dict[str, Any], cast: Cast
) -> None:
    _move(cast.places[1][0], 3)
    assert _get(ordered["path"])[1] == ordered["body"]
    _move(cast.places[1][0], 5)
    assert problem(ordered["path"]) == (410, "export_outdated")


def _revoke_grant(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        held = Grant.objects.filter(grantee=cast.campaign.organization)
        assert held.update(status="revoked") >= 1


def test_a_revoked_grant_key_or_link_ends_later_fetches(
    ordered: dict[str, Any], cast: Cast, client_of: ClientOf
) -> None:
    _revoke_grant(cast)
    assert problem(ordered["path"]) == (403, "state_not_licensed")
    response, _ = _get(ordered["path"], Range="bytes=0-9")
    assert response.status_code == 403
    client_of(cast.campaign).post(f"/v1/exports/{ordered['id']}/revoke")
    assert problem(ordered["path"]) == (410, "link_revoked")
    with acting_as(cast.campaign, Action.MANAGE):
        assert not Spool.objects.filter(export=ordered["id"]).exists()


def test_a_file_does_not_outlive_a_grant_it_rests_on(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    more = grant(
        "OH", cast.ohio, cast.campaign, actions=["read", "export"], counties=[39061]
    )
    client = client_of(cast.campaign)
    path = path_of(order(client, save(client)["id"]))
    assert async_to_sync(fetch)(path)[0] == 200
    with acting_as(cast.ohio, Action.MANAGE):
        Grant.objects.filter(id=more.id).update(status="suspended")
    assert problem(path) == (410, "export_outdated")


def test_a_key_that_was_narrowed_fetches_nothing(
    ordered: dict[str, Any], cast: Cast
) -> None:
    with acting_as(cast.campaign, Action.MANAGE):
        Credential.objects.update(permissions=["voters:read"])
    assert problem(ordered["path"]) == (403, "standing_ended")


def test_a_revocation_cuts_a_file_that_is_being_served(
    ordered: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(opens: Any, start: int, stop: int) -> Iterator[bytes]:
        for at in range(start, stop, 100):
            yield from spool.pieces(opens, at, min(at + 100, stop))

    monkeypatch.setattr(serving, "pieces", small)
    monkeypatch.setattr(serving, "LOOK_AGAIN_SECONDS", 0)

    async def interrupted() -> list[bytes]:
        response: Any = await AsyncClient().get(ordered["path"])
        content = response.streaming_content
        assert isinstance(content, AsyncIterator)
        parts = [await anext(content)]
        await sync_to_async(_revoke_grant)(cast)
        with pytest.raises(StreamCut):
            parts.extend([part async for part in content])
        return parts

    assert len(b"".join(async_to_sync(interrupted)())) <= 200
    (cut,) = entries(cast.campaign, "lists:export:cut")
    assert cut.detail["reason"] == "state_not_licensed"


def test_a_damaged_file_is_dropped_and_the_voters_read_anew(
    ordered: dict[str, Any], cast: Cast
) -> None:
    (file,) = folder().iterdir()
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    response, _ = _get(ordered["path"])
    assert (response.status_code, response.json()["code"]) == (503, "export_damaged")
    assert status_of(cast.campaign, ordered["id"]) == ("cut", "export_damaged")
    assert list(folder().iterdir()) == []
    assert _get(ordered["path"])[1] == ordered["body"]
    assert len(entries(cast.campaign, "lists:export:downloaded")) == 2


def test_two_fetches_at_once_both_get_the_file(ordered: dict[str, Any]) -> None:
    async def both() -> tuple[bytes, bytes]:
        first: Any = await AsyncClient().get(ordered["path"])
        second: Any = await AsyncClient().get(ordered["path"])
        one = b"".join([part async for part in second.streaming_content])
        other = b"".join([part async for part in first.streaming_content])
        return one, other

    assert async_to_sync(both)() == (ordered["body"], ordered["body"])


@pytest.mark.parametrize(
    "token", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "A" * 43, "a.1"]
)
def test_a_guess_or_a_path_opens_nothing(ordered: dict[str, Any], token: str) -> None:
    response, _ = _get(f"/v1/downloads/{token}", Range="bytes=0-9")
    assert response.status_code == 404


def _open_spool(by: Actor, action: Action, export: str) -> list[Any]:
    with acting_as(by, action), connection.cursor() as cursor:
        cursor.execute("SELECT sealed_key FROM sec.open_spool(%s)", [export])
        return list(cursor.fetchall())


def test_the_database_gives_the_key_to_none_but_its_organization_while_it_may(
    ordered: dict[str, Any], cast: Cast
) -> None:
    export = ordered["id"]
    assert len(_open_spool(cast.campaign, Action.EXPORT, export)) == 1
    for by in (cast.ohio, cast.rival, cast.stranger, cast.carolina):
        assert _open_spool(by, Action.EXPORT, export) == []
    for action in (Action.READ, Action.MANAGE, Action.COUNT):
        assert _open_spool(cast.campaign, action, export) == []
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        acting_as(cast.campaign, Action.EXPORT),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT sealed_key FROM lists_spool")
    _revoke_grant(cast)
    assert _open_spool(cast.campaign, Action.EXPORT, export) == [(None,)]


def _age(days: int, export: str) -> None:
    long_ago = timezone.now() - dt.timedelta(days=days)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE lists_export NO FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "UPDATE lists_export SET created_at = %s, expires_at = %s WHERE id = %s",
            [long_ago, long_ago + dt.timedelta(hours=1), export],
        )
        cursor.execute("ALTER TABLE lists_export FORCE ROW LEVEL SECURITY")


def test_the_sweep_removes_files_of_links_that_have_ended(
    ordered: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("states.lists.sweep.SPARED_SECONDS", -5)
    (folder() / f"{'0' * 32}.1.part").write_bytes(b"left by a killed server")
    assert sweep_files() == 1
    assert len(list(folder().iterdir())) == 1
    _age(2, ordered["id"])
    assert _open_spool(cast.campaign, Action.EXPORT, ordered["id"]) == []
    response, _ = _get(ordered["path"], Range="bytes=0-9")
    assert (response.status_code, response.json()["code"]) == (410, "link_expired")
    assert sweep_exports() == 1
    assert sweep_files() == 1
    assert list(folder().iterdir()) == []
    with acting_as(cast.campaign, Action.MANAGE):
        assert not Spool.objects.filter(export=ordered["id"]).exists()


def test_a_cut_first_pass_leaves_no_file(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    made = order(client, save(client)["id"])

    async def left() -> None:
        response: Any = await AsyncClient().get(path_of(made))
        await anext(response.streaming_content)
        await response.streaming_content.aclose()

    async_to_sync(left)()
    assert status_of(cast.campaign, made["id"]) == ("cut", "client_gone")
    assert not folder().exists() or list(folder().iterdir()) == []
