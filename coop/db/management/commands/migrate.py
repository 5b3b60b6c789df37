"""`manage.py migrate`: as Django's, but as the tables' owner, with roles and signing keys in place."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from coop.db.roles import create_roles
from coop.db.signing import install_keys

LOCK_TIMEOUT: Final = "10s"


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} Makes the roles first and works as the tables' owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in settings.DATABASES:
            raise CommandError(
                "MIGRATE_DATABASE_URL must name the role that owns the tables."
            )
        create_roles()
        _limit_waits_for_locks()
        super().handle(*args, **options)
        if _is_whole(options):
            install_keys(connections["owner"])


def _limit_waits_for_locks() -> None:
    """Let a migration fail rather than queue everybody behind it while it waits for a table."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET lock_timeout = %s", [LOCK_TIMEOUT])


def _is_whole(options: dict[str, Any]) -> bool:
    """Tell whether everything was migrated, rather than one app, a plan or a check."""
    partly = ("app_label", "plan", "check_unapplied", "prune")
    return not any(options.get(name) for name in partly)
