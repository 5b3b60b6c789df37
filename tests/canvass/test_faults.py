"""The short form of `benchmarks.faults`: a real house is torn at, and nothing acknowledged is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings

from tests.servers import clean_environment

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_or_doubled_by_kills_and_crashes() -> None:
    words = ["-m", "benchmarks.faults", "--minutes", "0.5", "--seed", "7", "--json"]
    run = subprocess.run(
        [sys.executable, *words],
        cwd=settings.BASE_DIR,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=420,
    )
    assert run.returncode == 0, run.stdout + run.stderr[-4000:]
    figures = json.loads(run.stdout.splitlines()[-1])
    assert (figures["lost"], figures["doubled"], figures["differences"]) == (0, 0, {})
    nothing = ("untold", "exports_broken", "counts_wrong")
    assert [figures[name] for name in nothing] == [0, 0, 0]
    assert figures["counts"] > 0
    assert figures["acknowledged"] > 20
    assert figures["sent_again"] > 0
    assert figures["out_of_order"] > 0
    assert figures["hook_messages"] > 0
    assert figures["exports"] > 0
    assert figures["faults"] >= 4
