"""The engine that `DATABASES` names: Django's own, with the oldest server that will do."""

from __future__ import annotations

from django.db import NotSupportedError
from django.db.backends.postgresql import base, features


class DatabaseFeatures(features.DatabaseFeatures):
    minimum_database_version = (18,)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def check_database_version_supported(self) -> None:
        """Refuse an old server; from Django, which asks on the first connection."""
        if self.get_database_version() < (18,):
            found = ".".join(str(part) for part in self.get_database_version())
            where = self.settings_dict["HOST"] or "the local socket"
            msg = (
                f"PostgreSQL 18 or later is required, and the server at {where} is "
                f"PostgreSQL {found}. Upgrade it, or name another in DATABASE_URL."
            )
            raise NotSupportedError(msg)
