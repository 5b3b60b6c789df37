"""A contact's place is its voter's place, also when a publication comes between push and drain."""

from __future__ import annotations

from uuid import UUID

from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.canvass.models import Contact
from tests.canvass.pushes import body, contacts_seen, drain, push
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase


def _publish_place(voter: UUID, place: int) -> None:
    """Move a voter, as a publication does."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET place = %s, shielded = %s "
            "WHERE state = 'OH' AND voter = %s",
            [place, "gone" if place < 0 else None, voter],
        )
        cursor.execute("RESET ROLE")


def test_a_voter_who_moved_or_was_shielded_meanwhile_is_met_where_he_is(
    committed_db: CommittedDatabase,
) -> None:
    cast: Cast = load_cast()
    moved, shielded = cast.places[1][:2]
    push(cast.outside_group, body(moved), body(shielded))
    _publish_place(moved, 4)
    _publish_place(shielded, -39)
    drain()
    assert (contacts_seen(cast.ohio), contacts_seen(cast.outside_group)) == (2, 1)
    with acting_as(cast.ohio, Action.READ):
        places = set(Contact.objects.filter(state="OH").values_list("place", flat=True))
    assert places == {4, -39}
