"""How far an import is, as a person reads it: phases, files, rows, rate and time left."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from states.imports import comparing, gathering, preparing, publishing, reading
from states.imports.actions import order_import
from states.imports.lease import claim_import
from states.imports.models import Import, Status
from states.imports.progress import progress_of
from states.imports.work import run_imports, work_on
from states.layouts import decode
from states.layouts.parse import parse_voters
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import deliver, ohio_file, people, seen


def sources(*done: bool) -> dict[str, Any]:
    return {
        "sources": [{"label": f"{n}.txt", "done": one} for n, one in enumerate(done)]
    }


def test_rate_and_time_left_are_those_of_this_reading() -> None:
    run = Import(
        status=Status.READING,
        phase="reading",
        phase_started_at=timezone.now() - dt.timedelta(seconds=10),
        rows_done=3_000,
        rows_skipped=1_000,
        rows_total=9_000,
        cursor=sources(True, False, False),
    )
    told = progress_of(run)
    assert (told.rows_done, told.rows_total) == (3_000, 9_000)
    assert told.rows_per_second == pytest.approx(200, abs=1)
    assert told.seconds_left == pytest.approx(30, abs=1)
    assert (told.files_done, told.files_total, told.file) == (1, 3, "1.txt")
    assert told.phase_seconds == 10


def test_before_and_after_there_is_no_rate() -> None:
    waiting = progress_of(Import(status=Status.QUEUED, phase="waiting"))
    assert (waiting.rows_per_second, waiting.files_total, waiting.file) == (None,) * 3
    over = progress_of(
        Import(
            status=Status.FAILED,
            phase="failed",
            phase_started_at=timezone.now(),
            cursor=sources(True, False),
        )
    )
    assert (over.phase_seconds, over.rows_per_second, over.file) == (None,) * 3
    assert over.files_done == 1


def test_each_phase_is_seen_while_it_lasts(
    ohio: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"SWVF_{n}.txt": ohio_file(people(range(n * 20, n * 20 + 20))) for n in range(3)
    }
    delivery = deliver(ohio.ohio, files)
    run = order_import(delivery=delivery.id, by=ohio.ohio)
    client, phases = client_of(ohio.ohio), []

    def look(real: Any, *given: Any) -> Any:
        told = client.get(f"/v1/imports/{run.id}").json()["progress"]
        phases.append((told["phase"], told["files_done"], told["files_total"]))
        return real(*given)

    for module, name in (
        (reading, "_stage"),
        (gathering, "_check_whole"),
        (comparing, "_make_difference"),
        (publishing, "_publish"),
    ):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, partial(look, real))
    run_imports()
    assert seen(ohio.ohio, run).status == Status.PUBLISHED
    assert phases == [
        ("reading", 0, 3),
        ("reading", 1, 3),
        ("reading", 2, 3),
        ("gathering", 3, 3),
        ("comparing", 3, 3),
        ("publishing", 3, 3),
    ]


def test_the_rows_to_come_are_told_from_the_bytes_of_all_files(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "parse_voters", partial(parse_voters, lines=50))
    monkeypatch.setattr(decode, "BLOCK_BYTES", 2_000)
    files = {
        f"SWVF_{n}.txt": ohio_file(people(range(n * 200, n * 200 + 200)))
        for n in range(4)
    }
    run = order_import(delivery=deliver(ohio.ohio, files).id, by=ohio.ohio)
    totals = []
    while seen(ohio.ohio, run).status != Status.PUBLISHED:
        claim = claim_import()
        assert claim
        work_on(claim, until=0.0)
        totals.append(progress_of(seen(ohio.ohio, run)).rows_total)
    assert totals[-1] == 800
    assert all(one is not None and 700 <= one <= 900 for one in totals), totals


def test_a_command_takes_files_folders_and_zips(ohio: Cast, tmp_path: Path) -> None:
    folder = tmp_path / "OH"
    folder.mkdir()
    (folder / "SWVF_1.txt").write_bytes(ohio_file(people(range(1, 21))))
    (folder / "readme.txt").write_text("About these files.")
    with zipfile.ZipFile(folder / "rest.zip", "w") as archive:
        archive.writestr("SWVF_2.txt", ohio_file(people(range(21, 31))))
        archive.writestr("SWVF_3.txt", ohio_file(people(range(31, 36))))
    alone = tmp_path / "SWVF_4.txt"
    alone.write_bytes(ohio_file(people(range(36, 41))))
    told = io.StringIO()
    call_command(
        "import_file", "OH", str(folder), str(alone), "--date", "2026-11-15", stdout=told
    )  # fmt: skip
    assert "40  inserted" in told.getvalue()
