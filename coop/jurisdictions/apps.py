"""The app of states, counties, places and policies."""

from django.apps import AppConfig


class JurisdictionsConfig(AppConfig):
    name = "coop.jurisdictions"
    label = "jurisdictions"
