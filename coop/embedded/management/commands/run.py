"""`manage.py run`: web, worker and beat in the foreground until Ctrl-C or until one of them ends."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.embedded.procfile import running, wait_for_first_end


class Command(BaseCommand):
    help = "Migrate, then run the web server, the workers and beat in the foreground."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-migrate", action="store_true", help="leave the database as it is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["no_migrate"]:
            call_command("migrate", verbosity=0)
        signal.signal(signal.SIGTERM, _as_interrupt)
        with running(settings.BASE_DIR) as processes:
            self.stdout.write(f"Serving at {settings.PUBLIC_URL}; Ctrl-C ends it.")
            self.stdout.flush()
            try:
                name, code = wait_for_first_end(processes)
            except KeyboardInterrupt:
                return
        raise CommandError(
            f"The process {name} ended by itself, with exit code {code}."
        )


def _as_interrupt(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - Python fixes it
    raise KeyboardInterrupt
