"""``manage.py synthesize``: write invented voters as a state's official files."""

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from states.layouts.synthesis import DELIVERY_DAY, synthesize


class Command(BaseCommand):
    """Write invented voters; the same seed gives the same files."""

    help = "Write invented voters in a state's official files."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare state, size, seed, folder and day."""
        parser.add_argument("state", type=str.upper, help="a declared state, e.g. OH")
        parser.add_argument("--voters", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument(
            "--day",
            type=dt.date.fromisoformat,
            default=DELIVERY_DAY,
            help="the delivery's day, YYYY-MM-DD (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Synthesize with a progress bar on the error stream, then sum up."""
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Inventing voters", total=options["voters"])
            try:
                written = synthesize(
                    options["state"],
                    options["voters"],
                    options["seed"],
                    options["out"],
                    day=options["day"],
                    progress=lambda done: bar.update(task, completed=done),
                )
            except ValueError as problem:
                raise CommandError(str(problem)) from problem
        for path, rows in written.rows.items():
            self.stdout.write(f"{rows:>12,}  {path}")
        self.stdout.write(
            f"{options['voters']:,} invented voters of {options['state']} "
            f"in {len(written.files)} files."
        )
