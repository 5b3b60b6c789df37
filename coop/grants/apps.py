"""The app of grants."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "coop.grants"
    label = "grants"
