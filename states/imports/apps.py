"""The app of imports: from a voter file to published voters."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "states.imports"
    label = "imports"
