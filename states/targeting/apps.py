"""The app of criteria, counts and samples."""

from django.apps import AppConfig


class TargetingConfig(AppConfig):
    name = "states.targeting"
    label = "targeting"
