"""`manage.py create_roles`: the database's roles, made once a server; safe to run again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from coop.db.roles import create_roles


class Command(BaseCommand):
    help = "Make or mend the database roles, the database and its own rights."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_roles()
        self.stdout.write(
            f"New roles: {', '.join(made)}." if made else "All roles were there."
        )
