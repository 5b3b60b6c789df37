"""Open a state to the co-op: make a state party the one owner of its data; an operator's act."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.actors import OPERATOR, Action
from coop.db.scope import acting_as
from coop.errors import CoopError
from coop.jurisdictions.actions import open_state
from coop.organizations.models import Organization, OrganizationKind


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("state", help="two letters, such as OH")
        parser.add_argument("--owner", required=True, help="the state party's name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open the state and say whose it is now."""
        code = options["state"].upper()
        with acting_as(OPERATOR, Action.OPERATE):
            owner = Organization.objects.filter(
                name=options["owner"], kind=OrganizationKind.STATE_PARTY
            ).first()
        if owner is None:
            msg = f"There is no state party named {options['owner']}."
            raise CommandError(msg)
        try:
            state = open_state(code=code, owner=owner.id, by=OPERATOR)
        except CoopError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{state.code} belongs to {owner.name}")
