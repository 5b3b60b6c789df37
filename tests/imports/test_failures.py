"""Steps that fail for no reason of the delivery: tried once more, told, or waited for."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Unavailable
from coop.ledger.models import Entry
from states.imports import comparing, reading
from states.imports.failing import Kind, kind_of
from states.imports.lease import claim_import
from states.imports.models import Import, Status
from states.imports.work import run_imports, work_on
from tests.cast import Cast
from tests.imports.people import import_voters, people, seen
from tests.imports.test_leases import (
    in_small_batches,
    let_lease_run_out,
    ordered,
    published,
)


def raising(monkeypatch: pytest.MonkeyPatch, fault: Any, times: int = 99) -> list[int]:
    """Let the comparison fail so many times before it works; return what is noted of each time."""
    met: list[int] = []
    real = comparing._make_difference

    def fail(run: Import) -> bool:
        if len(met) < times:
            met.append(run.attempts)
            fault()
        return real(run)

    monkeypatch.setattr(comparing, "_make_difference", fail)
    return met


def of_the_server(code: str) -> Any:
    """Return a function that lets PostgreSQL raise an error of this code in the step."""

    def fault() -> None:
        with connections["loader"].cursor() as cursor:
            words = "DO $$ BEGIN RAISE EXCEPTION 'VOTER EXAMPLE' USING ERRCODE = '{}'; END $$"
            cursor.execute(words.format(code))

    return fault


def of_the_code() -> None:
    raise ZeroDivisionError


def of_the_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def staged() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("fault", "named"),
    [(of_the_code, "ZeroDivisionError"), (of_the_server("22012"), "DataError 22012")],
)
def test_what_fails_twice_in_one_place_is_told_at_once(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, fault: Any, named: str
) -> None:
    import_voters(ohio.ohio, people(range(30)))
    run = ordered(ohio)
    met = raising(monkeypatch, fault)
    assert run_imports() is False
    done = seen(ohio.ohio, run)
    assert met == [0, 1]
    assert done.status == Status.FAILED
    assert done.problem
    assert done.problem["code"] == "step_failed"
    assert f"(comparing, 40 rows: {named})" in done.problem["detail"]
    assert "EXAMPLE" not in str(done.problem), "an error's words may hold people's data"
    assert published(ohio) == (1, 30)
    assert staged() == 0
    with acting_as(ohio.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="imports:import:failed")
        assert entry.detail == {"code": "step_failed"}


def test_what_fails_once_is_done_again_at_once(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ordered(ohio)
    raising(monkeypatch, of_the_code, times=1)
    run_imports()
    done = seen(ohio.ohio, run)
    assert (done.status, done.attempts) == (Status.PUBLISHED, 1)
    assert published(ohio) == (1, 40)


@pytest.mark.parametrize("fault", [of_the_disk, of_the_server("53100")])
def test_a_full_disk_ends_the_import_with_that_reason_and_makes_room(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    import_voters(ohio.ohio, people(range(30)))
    run = ordered(ohio)
    assert len(raising(monkeypatch, fault)) == 0
    run_imports()
    done = seen(ohio.ohio, run)
    assert (done.status, done.attempts) == (Status.FAILED, 0)
    assert done.problem
    assert done.problem["code"] == "storage_full"
    assert staged() == 0
    assert published(ohio) == (1, 30)


@pytest.mark.parametrize("code", ["40P01", "57P01", "53300", "55P03"])
def test_what_passes_by_itself_is_waited_for(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    run = ordered(ohio)
    raising(monkeypatch, of_the_server(code), times=1)
    run_imports()
    waiting = seen(ohio.ohio, run)
    assert (waiting.status, waiting.problem) == (Status.COMPARING, None)
    assert run_imports() is False, "its lease stands"
    let_lease_run_out()
    run_imports()
    assert seen(ohio.ohio, run).status == Status.PUBLISHED


def test_a_full_storage_folder_is_a_full_disk() -> None:
    full = Unavailable("storage_full", "The storage is full.")
    assert kind_of(full) is Kind.DISK_FULL
    assert kind_of(OSError(errno.EIO, "")) is Kind.UNEXPECTED
    assert kind_of(Unavailable("other", "")) is Kind.UNEXPECTED


def half_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Leave an import between two batches of its file, as a release finds it."""
    in_small_batches(monkeypatch)
    run = ordered(cast)
    claim = claim_import()
    assert claim
    work_on(claim, until=0.0)
    found = seen(cast.ohio, run)
    assert found.status == Status.READING
    assert 0 < found.rows_done < 40
    return run


def change(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(statement)
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    "lacking",
    [
        ["same"],
        ["same", "keeps", "base", "first", "failed"],
        ["not_votes", "undated", "unclear"],
    ],
)
def test_a_cursor_that_an_earlier_release_wrote_is_read_on(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, lacking: list[str]
) -> None:
    run = half_read(ohio, monkeypatch)
    for key in lacking:
        change(f"UPDATE imports_import SET cursor = cursor - '{key}'")
    begun: list[object] = []
    monkeypatch.setattr(reading, "survey", begun.append)
    run_imports()
    found = seen(ohio.ohio, run)
    assert (found.status, found.attempts) == (Status.PUBLISHED, 0), found.problem
    assert begun == [], "the delivery is not looked at again"
    assert found.figures["inserted"] == 40


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE imports_import SET cursor = cursor #- '{sources,0,offset}'",
        "UPDATE imports_import SET cursor = jsonb_set(cursor, '{sources,0,variant}', '\"oh-of-old\"')",
    ],
)
def test_a_cursor_that_cannot_be_gone_on_with_is_begun_again(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    run = half_read(ohio, monkeypatch)
    change(statement)
    run_imports()
    found = seen(ohio.ohio, run)
    assert (found.status, found.attempts) == (Status.PUBLISHED, 1), found.problem
    assert found.figures["inserted"] == 40


@pytest.mark.parametrize(
    "change_shape",
    [
        "DROP TABLE staging.{met}",
        "ALTER TABLE staging.{voters} DROP COLUMN fingerprint",
    ],
)
def test_staging_of_another_release_is_staged_anew(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, change_shape: str
) -> None:
    import_voters(ohio.ohio, people(range(30)))
    run = half_read(ohio, monkeypatch)
    names = {kind: f"{kind}_{run.id.hex}" for kind in ("met", "voters")}
    with connections["loader"].cursor() as cursor:
        cursor.execute(change_shape.format(**names))
    run_imports()
    found = seen(ohio.ohio, run)
    assert (found.status, found.attempts) == (Status.PUBLISHED, 1), found.problem
    assert published(ohio) == (2, 40)
