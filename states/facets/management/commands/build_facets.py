"""`manage.py build_facets STATE`: make a state's bitmaps anew, as its party's worker."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from coop.jurisdictions.models import State
from states.facets.building import build_facets
from states.facets.staged import LOADER


class Command(BaseCommand):
    """Make a state's bitmaps from what is published; imports do it by themselves."""

    help = "Make a state's bitmaps anew from its published voters."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the state's two letters."""
        parser.add_argument("state", type=str.upper)

    def handle(self, *args: Any, state: str, **options: Any) -> None:
        """Build, and say how many bytes there are."""
        with acting_as(WORKER, Action.WORK):
            found = State.objects.filter(code=state).first()
        if found is None or found.owner is None:
            raise CommandError(f"{state} is not open.")
        with acting_as(worker_for(found.owner), Action.IMPORT, using=LOADER):
            built = build_facets(state, uuid4(), whole=True)
        if built is None:
            raise CommandError(f"Nothing is published in {state}.")
        self.stdout.write(f"{state}: {built.size:,} bytes of bitmaps")
