"""The app of contacts, surveys, suppressions and the inbox."""

from django.apps import AppConfig


class CanvassConfig(AppConfig):
    name = "states.canvass"
    label = "canvass"
