"""A publication is one change of its state, told to all who have to do with it, and shuts drains out."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connections, transaction

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass.draining import Applied
from states.feeds.models import Change
from states.feeds.reading import read_changes
from tests.canvass.pushes import body, drain, push, push_and_apply
from tests.cast import load_cast
from tests.conftest import CommittedDatabase


def append_publication(by: Actor, number: int, action: Action = Action.IMPORT) -> None:
    """Append as the publishing function does: as its owner, in the scope of an import."""
    with (
        acting_as(by, action, using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute("SET LOCAL ROLE coop_publisher")
        cursor.execute("SELECT sec.append_publication_change('OH', %s)", [number])
        cursor.execute("RESET ROLE")


def test_a_publication_is_told_to_whoever_has_to_do_with_the_state(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    append_publication(cast.ohio, 2)
    push_and_apply(cast.outside_group, body(cast.places[1][1]))
    with acting_as(cast.ohio, Action.READ):
        page = read_changes(state="OH", position=0, limit=10, by=cast.ohio)
        kinds = [change.kind for change in page.changes]
    assert kinds == ["contact", "publication", "contact"]
    for reader, sees in (
        (cast.rival, True),
        (cast.committee, True),
        (cast.stranger, False),
        (cast.carolina, False),
    ):
        with acting_as(reader, Action.READ):
            found = Change.objects.filter(state="OH", kind="publication")
            assert [one.summary for one in found] == [{"publication": 2}] * sees


@pytest.mark.parametrize("action", [Action.READ, Action.COUNT, Action.CONTRIBUTE])
def test_the_publishers_function_appends_in_no_other_scope(
    committed_db: CommittedDatabase, action: Action
) -> None:
    cast = load_cast()
    with pytest.raises(DatabaseError, match="no feed is written here"):
        append_publication(cast.ohio, 2, action)


def test_a_drain_passes_over_a_state_while_a_publication_moves_its_voters(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    moved = cast.places[1][0]
    push(cast.outside_group, body(moved))
    with transaction.atomic(using="owner"):
        append_publication(cast.ohio, 2)
        assert drain() == Applied()
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET LOCAL ROLE coop_publisher")
            cursor.execute(
                "UPDATE voters_registration SET place = 4 WHERE state = 'OH' AND voter = %s",
                [moved],
            )
    assert drain() == Applied(applied=1)
    with acting_as(cast.ohio, Action.READ):
        contact = Change.objects.get(state="OH", kind="contact")
    assert contact.place == 4
