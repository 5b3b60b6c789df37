"""The app of uploads of ballots."""

from django.apps import AppConfig


class BallotsConfig(AppConfig):
    name = "states.ballots"
    label = "ballots"
