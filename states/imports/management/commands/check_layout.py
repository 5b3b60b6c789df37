"""``manage.py check_layout``: what files are taken for, column by column; nothing is stored."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coop.errors import Invalid
from states.files.archives import Source, sources_of
from states.imports.survey import head_of
from states.layouts.explain import Explanation, explain
from states.layouts.known import LAYOUTS


class Command(BaseCommand):
    """Explain files; fails if any of them would not be imported."""

    help = (
        "Explain which layout files are in, column by column, without storing anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare files and state."""
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--state", type=str.upper, choices=sorted(LAYOUTS))

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at each text in each file."""
        console = Console(file=cast("IO[str]", self.stdout), width=120, highlight=False)
        strange = [
            str(path)
            for path in options["files"]
            if not _explained(path, options["state"], console)
        ]
        if strange:
            raise CommandError(f"Not in a known layout: {', '.join(strange)}.")


def _explained(path: Path, state: str | None, console: Console) -> bool:
    """Print what a file is; true if every text in it is in a known layout."""
    try:
        sources = sources_of(path, path.name)
        found = [(source, _explain(source, state)) for source in sources]
    except (Invalid, OSError) as fault:
        console.print(escape(f"{path}: {fault}"))
        return False
    for source, told in found:
        _show(source, told, console)
    return all(told.recognized for _, told in found)


def _explain(source: Source, state: str | None) -> Explanation:
    name = PurePosixPath(source.label).name
    return explain(name, head_of(source), state=state)


def _show(source: Source, told: Explanation, console: Console) -> None:
    console.print(escape(f"{source.label}: {told.sentence}"))
    if not told.columns:
        return
    table = Table("place", "column", "known as", "read as", box=None)
    for one in told.columns:
        place = "-" if one.place is None else str(one.place)
        known_as = one.known_as if one.known_as not in {None, one.name} else ""
        table.add_row(place, escape(one.name), escape(known_as or ""), escape(one.use))
    console.print(table)
