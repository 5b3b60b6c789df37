"""The app of scores that members give voters."""

from django.apps import AppConfig


class ScoresConfig(AppConfig):
    name = "states.scores"
    label = "scores"
