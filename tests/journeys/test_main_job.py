"""The main job from end to end: real processes, real HTTP, official-layout files, a revocation, the account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers import clean_environment, free_port, manage

pytestmark = pytest.mark.slow

VOTERS = 5000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo tells of its journey; each of its steps checks the answer it gets."""
    folder: Path = tmp_path_factory.mktemp("demo") / "run"
    words = ("--smoke", "--voters", str(VOTERS), "--port", str(free_port()))
    environment = clean_environment() | {"WEB_PROCESSES": "1", "WORKER_PROCESSES": "1"}
    ran = manage(
        "demo",
        *words,
        "--folder",
        str(folder),
        env=environment,
        check=False,
        seconds=400,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def _figure(pattern: str, told: str) -> int:
    found = re.search(pattern, told)
    assert found, f"{pattern} in:\n{told}"
    return int(found[1].replace(",", ""))


def test_an_official_file_becomes_published_voters(told: str) -> None:
    published = _figure(r"published ([\d,]+) voters", told)
    rejected = _figure(r"([\d,]+) lines rejected", told)
    assert published + rejected >= VOTERS * 0.99
    assert published > VOTERS * 0.9


def test_an_export_has_as_many_lines_as_were_counted(told: str) -> None:
    counted = _figure(r"([\d,]+) voters, counted", told)
    assert counted > 25
    assert _figure(r"([\d,]+) lines of CSV", told) == counted


def test_contacts_change_the_list_and_count_once(told: str) -> None:
    counted = _figure(r"([\d,]+) voters, counted", told)
    assert _figure(r"count fell from [\d,]+ to ([\d,]+)", told) == counted - 25
    assert _figure(r"([\d,]+) duplicates, the same ids", told) == 25


def test_a_revocation_ends_counts_and_links(told: str) -> None:
    assert re.search(r"its next count: 403 \w*not_licensed", told)
    assert re.search(r"its export link: (403|404|410) \w+", told)


@pytest.mark.parametrize(
    "event",
    [
        "targeting:universe:counted",
        "lists:export:downloaded",
        "canvass:contact:pushed",
        "canvass:contact:applied",
        "grants:grant:revoked",
        "imports:import:published",
        "api:request:refused",
    ],
)
def test_the_ledger_accounts_for_it(told: str, event: str) -> None:
    assert event in told
