"""The demo's voter files: invented people in each state's official layout."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from states.layouts.synthesis import synthesize

SEED = 2026


def deliveries(state: str, voters: int, folder: Path) -> list[Path]:
    """Write a state's files into `folder` and return them in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    written = synthesize(state, voters, SEED, folder, day=timezone.localdate())
    return sorted(written.files)
