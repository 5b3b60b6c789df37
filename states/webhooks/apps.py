"""The app that tells organizations' own servers that a feed has news."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "states.webhooks"
    label = "webhooks"
