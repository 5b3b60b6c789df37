"""The app of saved lists and exports."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "states.lists"
    label = "lists"
