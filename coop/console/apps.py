"""The app of the web pages for people: log-in, invitations, the account."""

from importlib import import_module

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "coop.console"
    label = "console"

    def ready(self) -> None:
        """Hear of second factors, which allauth tells by its signals alone."""
        import_module("coop.console.second_factors")
