"""Exports prepared by a worker: told how far, served from the kept file, stopped by a revocation, never charged twice."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from coop.actors import WORKER, Action, Actor
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.grants.queries import cap_use
from states.lists import chunks, preparing, spool
from states.lists.models import Export, ExportStatus
from states.lists.preparing import prepare_exports
from states.lists.queries import holders_of
from states.lists.spool import folder
from states.lists.sweep import sweep_exports, sweep_files
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import (
    ClientOf,
    download,
    entries,
    order,
    path_of,
    problem,
    sent_in,
    status_of,
)
from tests.lists.test_fetching_again import _get
from tests.lists.test_lists import save


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Path, small_chunks: None) -> None:
    settings.STORAGE_FOLDER = tmp_path


@pytest.fixture(autouse=True)
def _no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test be the worker."""
    monkeypatch.setattr("api.v1.exports.ring", lambda task: None)


def _order(client: Any, **more: Any) -> dict[str, Any]:
    """Order an export to be prepared; return it with its link."""
    body = {"prepare": True, **more}
    if "list" not in body:
        body["list"] = save(client)["id"]
    answer = client.post("/v1/exports", body, format="json")
    assert answer.status_code == 202, answer.json()
    assert answer.json()["status"] == "queued"
    return dict(answer.json())


def _files() -> list[Path]:
    return list(folder().glob("*"))


def _lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def _between_chunks(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Have something happen once, after the first chunk of a pass."""
    read = chunks.next_chunk
    done: list[bool] = []

    def interrupted(*args: Any) -> Any:
        if not done:
            done.append(True)
            act()
        return read(*args)

    monkeypatch.setattr(preparing, "next_chunk", interrupted)


def test_a_prepared_file_is_told_of_then_served(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(cast.campaign)
    made = _order(client, order="walk")
    path, shown = path_of(made), f"/v1/exports/{made['id']}"
    waiting, _ = _get(path)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "export_not_ready")
    assert int(waiting["Retry-After"]) > 0
    told: list[dict[str, Any]] = []
    _between_chunks(monkeypatch, lambda: told.append(client.get(shown).json()))
    monkeypatch.setattr("states.lists.ordering.BLOCK", 16)
    monkeypatch.setattr("states.lists.chunks.BLOCK", 16)
    assert prepare_exports() == 1
    (half,) = told
    assert (half["status"], half["rows"], half["of_rows"]) == ("preparing", 16, 80)
    assert half["seconds_left"] >= 0
    whole = client.get(shown).json()
    assert (whole["status"], whole["rows"]) == ("complete", 80)
    assert entries(cast.campaign, "lists:export:downloaded") == []
    (entry,) = entries(cast.campaign, "lists:export:prepared")
    assert (entry.rows, entry.state) == (80, "OH")
    assert "phone" in entry.fields
    response, body = _get(path)
    assert (response.status_code, len(_lines(body))) == (200, 80)
    part, first = _get(path, Range="bytes=0-9")
    assert (part.status_code, first) == (206, body[:10])
    assert len(entries(cast.campaign, "lists:export:served")) == 2
    assert len(sent_in(made["id"])) == 80
    assert prepare_exports() == 0


def test_a_client_may_prefer_not_to_wait(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    body = {"list": save(client)["id"]}
    wish = "handling=lenient, respond-async"
    answer = client.post("/v1/exports", body, format="json", HTTP_PREFER=wish)
    assert (answer.status_code, answer.json()["prepare"]) == (202, True)


def test_a_revoked_grant_stops_what_is_being_prepared(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(cast.campaign)
    made = _order(client)

    def revoke() -> None:
        with acting_as(cast.ohio, Action.MANAGE):
            held = Grant.objects.filter(grantee=cast.campaign.organization)
            assert held.update(status="revoked") == 1

    _between_chunks(monkeypatch, revoke)
    assert prepare_exports() == 1
    status = status_of(cast.campaign, made["id"])
    assert status == ("failed", "state_not_licensed")
    assert _files() == []
    (cut,) = entries(cast.campaign, "lists:export:cut")
    assert cut.detail["reason"] == "state_not_licensed"
    assert problem(path_of(made))[0] in {403, 410}
    with acting_as(cast.ohio, Action.READ):
        assert holders_of("OH", cast.places[1][0]) == []
    sweep_exports()
    assert sent_in(made["id"]) == []


def test_a_revoked_link_stops_what_is_being_prepared(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(cast.campaign)
    made = _order(client)

    def revoke() -> None:
        assert client.post(f"/v1/exports/{made['id']}/revoke").status_code == 200

    _between_chunks(monkeypatch, revoke)
    prepare_exports()
    assert status_of(cast.campaign, made["id"]) == ("revoked", "")
    assert problem(path_of(made)) == (410, "link_revoked")
    assert _files() == []


class _KilledError(BaseException):
    """A worker that is gone in the middle."""


def _die() -> None:
    raise _KilledError


def test_a_killed_workers_export_is_begun_anew_and_charged_once(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terms = {"actions": ["read", "export"], "counties": [39061]}
    made = grant("OH", cast.ohio, cast.stranger, cap_voters_month=40, **terms)
    ordered = _order(client_of(cast.stranger))
    with monkeypatch.context() as patched:
        _between_chunks(patched, _die)
        with pytest.raises(_KilledError):
            prepare_exports()
    assert status_of(cast.stranger, ordered["id"])[0] == "preparing"
    assert prepare_exports() == 0, "its worker may be alive"
    with acting_as(cast.stranger, Action.MANAGE):
        long_ago = timezone.now() - dt.timedelta(minutes=3)
        Export.objects.update(progress_at=long_ago)
    assert prepare_exports() == 1
    assert len(download(path_of(ordered))) == 40
    assert len(sent_in(ordered["id"])) == 40, "the first pass left nothing behind"
    with acting_as(cast.ohio, Action.MANAGE):
        assert [used for _, used in cap_use(made.lineage)] == [40]
    monkeypatch.setattr("states.lists.sweep.SPARED_SECONDS", -5)
    sweep_files()
    assert len(list(folder().iterdir())) == 1
    assert len(entries(cast.stranger, "lists:export:prepared")) == 1


def test_a_full_disk_fails_it_and_leaves_no_half_file(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordered = _order(client_of(cast.campaign))

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool.Spooler, "_seal", full)
    assert prepare_exports() == 1
    status = status_of(cast.campaign, ordered["id"])
    assert status == ("failed", "export_not_kept")
    assert _files() == []
    response, _ = _get(path_of(ordered))
    assert (response.status_code, response.json()["code"]) == (410, "export_failed")
    assert response.json()["reason"] == "export_not_kept"


def test_a_worker_lost_too_often_gives_up(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    ordered = _order(client_of(cast.campaign))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(
            "UPDATE lists_export SET attempts = %s", [preparing.MOST_ATTEMPTS]
        )
        cursor.execute("RESET ROLE")
    assert prepare_exports() == 1
    assert status_of(cast.campaign, ordered["id"]) == ("failed", "worker_lost")


def test_a_damaged_prepared_file_is_prepared_anew(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    ordered = _order(client_of(cast.campaign))
    prepare_exports()
    (file,) = folder().iterdir()
    file.write_bytes(b"x" + file.read_bytes()[1:])
    assert problem(path_of(ordered)) == (503, "export_damaged")
    assert problem(path_of(ordered)) == (409, "export_not_ready")
    assert prepare_exports() == 1
    assert len(download(path_of(ordered))) == 80


def _claimed(by: Actor, action: Action, at_once: int = 9) -> list[Any]:
    with acting_as(by, action), connection.cursor() as cursor:
        cursor.execute("SELECT export FROM sec.claim_export('w', %s)", [at_once])
        return [row[0] for row in cursor.fetchall()]


def test_organizations_take_turns_and_may_have_so_many_waiting(
    cast: Cast, client_of: ClientOf, settings: Any
) -> None:
    settings.EXPORTS_WAITING = 2
    clients = {one: client_of(getattr(cast, one)) for one in ("campaign", "committee")}
    ids = [
        _order(clients["campaign"], list=save(clients["campaign"], f"L{n}")["id"])
        for n in "12"
    ]
    refused = clients["campaign"].post(
        "/v1/exports", {"list": ids[0]["list"], "prepare": True}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "exports_waiting")
    other = _order(clients["committee"])
    assert _claimed(WORKER, Action.WORK, at_once=0) == []
    assert [str(one) for one in _claimed(WORKER, Action.WORK)] == [ids[0]["id"]]
    assert _claimed(WORKER, Action.WORK, at_once=1) == []
    assert [str(one) for one in _claimed(WORKER, Action.WORK)] == [other["id"]]
    assert _claimed(WORKER, Action.WORK) == [], "one at a time for an organization"


def test_nobody_but_a_worker_claims_or_tidies(cast: Cast, client_of: ClientOf) -> None:
    ordered = _order(client_of(cast.campaign))
    for action in Action:
        if action is not Action.WORK:
            for one in (cast.campaign, cast.ohio, cast.stranger):
                assert _claimed(one, action) == []
    with acting_as(cast.campaign, Action.MANAGE), connection.cursor() as cursor:
        cursor.execute("SELECT sec.tidy_exports()")
        assert cursor.fetchone() == (0,)
    with acting_as(cast.campaign, Action.MANAGE):
        assert Export.objects.get(id=ordered["id"]).status == ExportStatus.QUEUED


def test_an_export_of_the_plain_kind_is_not_prepared(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    order(client, save(client)["id"])
    assert _claimed(WORKER, Action.WORK) == []
