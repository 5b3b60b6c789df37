"""The app of tracers: invented records in exports, by which a leaked file names where it came from."""

from django.apps import AppConfig


class TracersConfig(AppConfig):
    name = "states.tracers"
    label = "tracers"
