"""The app of uploaded voter files and deliveries."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "states.files"
    label = "files"
