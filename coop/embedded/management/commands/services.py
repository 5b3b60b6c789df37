"""`manage.py services up | down | status`: the embedded PostgreSQL and Valkey of this checkout."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop import embedded
from coop.embedded.errors import EmbeddedError
from coop.embedded.folder import RunFolder, open_run_folder


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Valkey of this checkout."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["up", "down", "status"])

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        names = settings.EMBEDDED_SERVICES
        if not names:
            self.stdout.write(
                "DATABASE_URL and REDIS_URL name real servers; nothing is embedded."
            )
            return
        folder = open_run_folder(settings.RUN_FOLDER)
        try:
            {"up": embedded.start, "down": embedded.stop, "status": _nothing}[act](
                folder, names
            )
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        self._show(folder, names)

    def _show(self, folder: RunFolder, names: tuple[str, ...]) -> None:
        for name, pid in embedded.status(folder).items():
            if name in names:
                state = f"runs as process {pid}" if pid else "does not run"
                self.stdout.write(f"{name:<11}{state}")
        self.stdout.write(f"{'data':<11}{folder.path}\n{'sockets':<11}{folder.sockets}")


def _nothing(folder: RunFolder, names: tuple[str, ...]) -> None:
    """Do nothing: showing comes after every act."""
