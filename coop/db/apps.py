"""The app of scopes, roles and signed actors in the database."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class DbConfig(AppConfig):
    name = "coop.db"
    label = "coop_db"

    def ready(self) -> None:
        """Guard every connection that is made from now on."""
        from coop.db.guard import watch  # noqa: PLC0415 - settings must be ready first

        connection_created.connect(watch, dispatch_uid="coop.db.guard")
