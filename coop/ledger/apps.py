"""The app of the ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "coop.ledger"
    label = "ledger"
