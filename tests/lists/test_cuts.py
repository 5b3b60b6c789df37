"""Downloads that end early: by a revocation, a smaller license, a second fetch, a client or a server that goes away."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from api.v1.downloads import StreamCut
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Denied
from coop.grants.models import Grant
from coop.organizations.models import Credential, Member, Person, Role
from states.lists import chunks, downloads, sending
from states.lists.actions import Draft, save_list
from states.lists.exports import order_export
from states.lists.models import Export, Kind
from states.lists.sweep import sweep_exports
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import (
    EVERYONE,
    ClientOf,
    download,
    entries,
    order,
    path_of,
    problem,
    sent_in,
    status_of,
)
from tests.lists.test_lists import save


async def _interrupted(path: str, interrupt: Callable[[], None]) -> list[bytes]:
    """Read one part of a download, let something happen, and read on until it breaks."""
    response: Any = await AsyncClient().get(path)
    content = response.streaming_content
    assert isinstance(content, AsyncIterator)
    parts = [await anext(content)]
    await sync_to_async(interrupt)()
    with pytest.raises(StreamCut):
        parts.extend([part async for part in content])
    return parts


def test_a_revoked_grant_cuts_a_running_download(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])

    def revoke() -> None:
        with acting_as(cast.ohio, Action.MANAGE):
            held = Grant.objects.filter(grantee=cast.campaign.organization)
            assert held.update(status="revoked") == 1

    parts = async_to_sync(_interrupted)(path_of(ordered), revoke)
    _check_cut(cast.campaign, ordered["id"], parts, "state_not_licensed")
    status = status_of(cast.campaign, ordered["id"])
    assert status == ("cut", "state_not_licensed")
    assert problem(path_of(ordered)) == (403, "state_not_licensed")


def test_a_smaller_license_cuts_a_running_download(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    extra = grant(
        "OH", cast.ohio, cast.campaign, actions=["read", "export"], counties=[39061]
    )
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])

    def revoke() -> None:
        with acting_as(cast.ohio, Action.MANAGE):
            Grant.objects.filter(id=extra.id).update(status="suspended")

    parts = async_to_sync(_interrupted)(path_of(ordered), revoke)
    _check_cut(cast.campaign, ordered["id"], parts, "license_changed")
    assert len(download(path_of(ordered))) == EVERYONE


def test_rows_lost_to_a_revocation_never_pass_for_the_end(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    read = sending.send_lines

    def revoked_meanwhile(*args: Any, **more: Any) -> Any:
        held = Grant.objects.filter(grantee=cast.campaign.organization)
        with acting_as(cast.ohio, Action.MANAGE):
            held.update(status="revoked")
        return read(*args, **more)

    monkeypatch.setattr(chunks, "send_lines", revoked_meanwhile)
    assert problem(path_of(ordered)) == (403, "license_changed")
    assert status_of(cast.campaign, ordered["id"]) == ("cut", "license_changed")


def test_lines_read_before_a_revocation_do_not_leave_after_it(
    cast: Cast, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = cast.campaign
    saved = save_list(draft=Draft("Mine", Kind.LIVE), by=by)
    made = order_export(list_id=saved.id, columns=None, by=by).export
    started = downloads.start_download(downloads.Link(by, made.id))
    read = sending.send_lines

    def revoked_afterwards(*args: Any) -> Any:
        lines = read(*args)
        assert len(lines) == 16, "a whole chunk, which is not the end"
        with acting_as(cast.ohio, Action.MANAGE):
            held = Grant.objects.filter(grantee=by.organization)
            held.update(status="revoked")
        return lines

    monkeypatch.setattr(chunks, "send_lines", revoked_afterwards)
    with pytest.raises(Denied, match="license_changed"):
        chunks.first_chunk(started)


def test_a_revoked_link_ends_and_cuts_its_running_download(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])

    def revoke() -> None:
        answer = client.post(f"/v1/exports/{ordered['id']}/revoke")
        assert answer.json()["status"] == "revoked"

    parts = async_to_sync(_interrupted)(path_of(ordered), revoke)
    _check_cut(cast.campaign, ordered["id"], parts, "download_ended")
    assert status_of(cast.campaign, ordered["id"]) == ("revoked", "")
    assert problem(path_of(ordered)) == (410, "link_revoked")
    again = client.post(f"/v1/exports/{ordered['id']}/revoke")
    assert again.json()["status"] == "revoked"
    assert len(entries(cast.campaign, "lists:export:revoked")) == 1


def _check_cut(by: Actor, export: str, parts: list[bytes], reason: str) -> None:
    """Hold that one chunk left, is accounted for, and nothing after it."""
    lines = b"".join(parts).decode().splitlines()
    assert len(lines) == 1 + 16
    assert len(sent_in(export)) == 16
    sent = entries(by, "lists:export:downloaded")
    assert [one.rows for one in sent] == [16]
    cut = entries(by, "lists:export:cut")
    assert [one.detail["reason"] for one in cut] == [reason]
    assert [one.detail["rows"] for one in cut] == [16]


def test_a_second_fetch_ends_the_first(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    path = path_of(ordered)

    def fetch_again() -> None:
        assert len(download(path)) == EVERYONE

    parts = async_to_sync(_interrupted)(path, fetch_again)
    assert len(b"".join(parts).decode().splitlines()) == 1 + 16
    assert status_of(cast.campaign, ordered["id"]) == ("complete", "")


async def _left(path: str) -> None:
    """Read one part of a download and go away."""
    response: Any = await AsyncClient().get(path)
    content = response.streaming_content
    assert isinstance(content, AsyncGenerator)
    await anext(content)
    await content.aclose()


def test_a_client_that_goes_away_leaves_a_cut_export(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    async_to_sync(_left)(path_of(ordered))
    assert status_of(cast.campaign, ordered["id"]) == ("cut", "client_gone")


def test_a_killed_server_leaves_an_export_that_the_sweep_cuts(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    link = downloads.open_link(token=path_of(ordered).rsplit("/", 1)[1])
    downloads.start_download(link)
    assert sweep_exports() == 0
    with acting_as(cast.campaign, Action.MANAGE):
        long_ago = timezone.now() - dt.timedelta(minutes=3)
        Export.objects.filter(id=ordered["id"]).update(progress_at=long_ago)
    assert sweep_exports() == 1
    assert status_of(cast.campaign, ordered["id"]) == ("cut", "server_gone")
    (entry,) = entries(cast.campaign, "lists:export:cut")
    assert entry.detail == {"reason": "server_gone"}
    assert len(download(path_of(ordered))) == EVERYONE


def _revoke_key(by: Actor) -> None:
    Credential.objects.update(revoked_at=timezone.now())


def _expire_key(by: Actor) -> None:
    Credential.objects.update(expires_at=timezone.now())


def _narrow_key(by: Actor) -> None:
    Credential.objects.update(permissions=[Permission.VOTERS_READ.value])


@pytest.mark.parametrize("end", [_revoke_key, _expire_key, _narrow_key])
def test_the_end_of_a_key_cuts_the_downloads_it_ordered(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    small_chunks: None,
    end: Callable[[Actor], None],
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])

    def stop() -> None:
        with acting_as(cast.campaign, Action.MANAGE):
            end(cast.campaign)

    parts = async_to_sync(_interrupted)(path_of(ordered), stop)
    _check_cut(cast.campaign, ordered["id"], parts, "standing_ended")
    assert problem(path_of(ordered)) in {
        (410, "link_revoked"),
        (403, "standing_ended"),
    }


def _remove_member(by: Actor) -> None:
    Member.objects.filter(person=by.principal).delete()


def _demote_member(by: Actor) -> None:
    Member.objects.filter(person=by.principal).update(role=Role.VIEWER)


def _deactivate_person(by: Actor) -> None:
    Person.objects.filter(id=by.principal).update(is_active=False)


@pytest.mark.parametrize("end", [_remove_member, _demote_member, _deactivate_person])
def test_a_download_ends_with_the_membership_of_who_ordered_it(
    cast: Cast, small_chunks: None, end: Callable[[Actor], None]
) -> None:
    by = cast.campaign
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=by)
    made = order_export(list_id=saved.id, columns=None, by=by).export
    started = downloads.start_download(downloads.Link(by, made.id))
    after = chunks.first_chunk(started).after
    assert after is not None
    with acting_as(by, Action.MANAGE):
        end(by)
    with pytest.raises(Denied, match="standing_ended"):
        chunks.next_chunk(started, after)
    with pytest.raises(Denied, match="standing_ended"):
        downloads.start_download(downloads.Link(by, made.id))
