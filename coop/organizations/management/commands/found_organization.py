"""Found an organization and invite its first owner; an operator's act."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from coop.actors import OPERATOR
from coop.errors import CoopError
from coop.organizations.actions import found_organization, invite_first_owner
from coop.organizations.models import OrganizationKind


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("kind", choices=OrganizationKind.values)
        parser.add_argument("name")
        parser.add_argument("--owner-email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Found, invite, and print the link, which is shown this once."""
        kind = OrganizationKind(options["kind"])
        try:
            with transaction.atomic():
                made = found_organization(kind=kind, name=options["name"], by=OPERATOR)
                _invitation, token = invite_first_owner(
                    organization=made.id, email=options["owner_email"], by=OPERATOR
                )
        except IntegrityError as error:
            msg = f"There is an organization named {options['name']} already."
            raise CommandError(msg) from error
        except CoopError as error:
            sentence = "; ".join(one.detail for one in error.faults) or error.detail
            raise CommandError(sentence) from error
        self.stdout.write(f"organization  {made.id}")
        self.stdout.write(
            f"invitation    {settings.PUBLIC_URL}/accounts/invitations/{token}"
        )
