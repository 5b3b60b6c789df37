"""`manage.py demo`: the whole journey with invented voters; `--smoke` ends after it."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from coop.demo.client import UnexpectedAnswer
from coop.demo.house import serving
from coop.demo.journey import Journey
from coop.demo.narration import Narrator
from coop.embedded import stop
from coop.embedded.folder import open_run_folder


class Command(BaseCommand):
    help = (
        "Loads an invented co-op, runs the main job visibly, then serves until Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--smoke",
            action="store_true",
            help="end after the journey: 0 if all went as told",
        )
        parser.add_argument(
            "--voters", type=int, default=200_000, help="invented voters of Ohio"
        )
        parser.add_argument(
            "--port", type=int, default=8000, help="the first port to try"
        )

        parser.add_argument(
            "--folder",
            type=Path,
            default=Path(settings.BASE_DIR) / ".run" / "demo",
            help="where its services keep their data; emptied at the start",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].resolve()
        if Path(settings.RUN_FOLDER) != folder:
            _start_over(folder)
        call_command("migrate", verbosity=0)
        narrator = Narrator()
        try:
            with serving(options["port"], folder / "demo.log") as base:
                journey = Journey(base, narrator, folder / "files")
                journey.run(options["voters"])
                if not options["smoke"]:
                    journey.farewell()
        except UnexpectedAnswer as unexpected:
            raise CommandError(
                f"The journey broke off. {unexpected}\nThe log is {folder / 'demo.log'}"
            ) from None
        finally:
            stop(open_run_folder(folder))


def _start_over(folder: Path) -> None:
    """Run again in a run folder of the demo's own, emptied: nobody's data is touched."""
    if folder.exists():
        stop(open_run_folder(folder))
        shutil.rmtree(folder)
    without = {
        "DATABASE_URL",
        "LOADER_DATABASE_URL",
        "MIGRATE_DATABASE_URL",
        "ADMIN_DATABASE_URL",
        "REDIS_URL",
    }
    kept = {name: value for name, value in os.environ.items() if name not in without}
    os.execve(  # noqa: S606 - this very command again
        sys.executable, [sys.executable, *sys.argv], kept | {"RUN_FOLDER": str(folder)}
    )
