"""The engine that `DATABASES` names: Django's own, with the oldest server that will do."""

from __future__ import annotations

from django.db.backends.postgresql import base, features

from coop.db.server_version import OLDEST, check_server_version


class DatabaseFeatures(features.DatabaseFeatures):
    minimum_database_version = (OLDEST,)
    # System checks ask before the first migration has made the roles that could log in.
    supports_nulls_distinct_unique_constraints = True


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def check_database_version_supported(self) -> None:
        """Refuse an old server; from Django, which asks on the first connection."""
        check_server_version(self.pg_version, self.settings_dict["HOST"])
