"""The app of facets: bitmaps of voters by value, from which counts are made."""

from django.apps import AppConfig


class FacetsConfig(AppConfig):
    name = "states.facets"
    label = "facets"
