"""The app of scopes, roles and signed actors in the database."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    name = "coop.db"
    label = "coop_db"
