"""The app of each state's ordered changes."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "states.feeds"
    label = "feeds"
