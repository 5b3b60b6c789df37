"""The grant's lock stands by itself: where guardian's mirror is gone, the application refuses what the database would allow."""

from __future__ import annotations

import pytest

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Denied, NotFound
from coop.grants.models import StateGroupObjectPermission
from states.canvass.models import Contact
from states.canvass.reading import read_contact, read_contacts, read_suppressions
from states.feeds.models import Change
from states.feeds.reading import read_changes
from tests.canvass.pushes import body, push, push_and_apply
from tests.cast import Cast


def unmirror(actor: Actor) -> None:
    """Take away what guardian knows of an organization's grants in Ohio; the grants stand."""
    with acting_as(actor, Action.MANAGE):
        gone, _ = StateGroupObjectPermission.objects.filter(
            content_object="OH", group__organization=actor.organization
        ).delete()
    assert gone


def test_without_the_mirror_nothing_is_pushed(cast: Cast) -> None:
    unmirror(cast.outside_group)
    pushed = push(cast.outside_group, body(cast.places[1][0]))
    assert pushed.verdicts[0].faults[0].code == "voter_unknown"


def test_without_the_mirror_only_ones_own_is_read(cast: Cast) -> None:
    voter = cast.places[1][0]
    (pooled,) = push_and_apply(cast.ohio, body(voter))
    (own,) = push_and_apply(cast.outside_group, body(voter, result_code="do_not_call"))
    by = cast.outside_group
    unmirror(by)
    with acting_as(by, Action.READ):
        assert Contact.objects.filter(state="OH").count() == 2
        assert Change.objects.filter(state="OH").count() == 3
        seen = read_contacts(state="OH", voter=voter, before=None, limit=9, by=by)
        assert [contact.organization for contact, _ in seen] == [by.organization]
        assert read_contact(public_id=own, by=by)
        with pytest.raises(NotFound):
            read_contact(public_id=pooled, by=by)
        assert read_suppressions(state="OH", voter=voter, by=by) == ([], set())
        page = read_changes(state="OH", position=0, limit=9, by=by)
        assert [one.organization for one in page.changes] == [by.organization]


def test_without_a_grant_the_feed_is_refused_before_the_database_is_asked(
    cast: Cast,
) -> None:
    with acting_as(cast.stranger, Action.READ), pytest.raises(Denied):
        read_changes(state="OH", position=0, limit=9, by=cast.stranger)
