"""The app of published voters."""

from django.apps import AppConfig


class VotersConfig(AppConfig):
    name = "states.voters"
    label = "voters"
