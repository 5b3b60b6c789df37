"""The demo's voter files: invented people in each state's official layout."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

SEED = 2026


def deliveries(state: str, voters: int, folder: Path) -> list[Path]:
    """Write a state's files into `folder` and return them in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    call_command("synthesize", state, voters=voters, seed=SEED, out=folder)
    return sorted(file for file in folder.iterdir() if file.is_file())
