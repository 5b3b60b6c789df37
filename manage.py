#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

WITHOUT_SERVICES = {
    "services",
    "help",
    "version",
    "--help",
    "--version",
    "collectstatic",
}


def main() -> None:
    """Run the command that the arguments name, with the embedded services up if it needs them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from coop import celery  # noqa: F401, PLC0415 - tasks ring through this application
    from coop.embedded import ensure_running  # noqa: PLC0415

    if not WITHOUT_SERVICES.intersection(sys.argv[1:2] or ["help"]):
        ensure_running()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
