"""The app of the demo."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "coop.demo"
    label = "demo"
