"""The app of organizations, their members and credentials."""

from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "coop.organizations"
    label = "organizations"
