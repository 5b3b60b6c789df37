"""What leaves through the feed is licensed, accounted for, and counts against caps."""

from __future__ import annotations

import pytest

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Denied
from coop.ledger.models import Entry
from states.feeds.reading import Page, read_changes
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast, grant


def read(by: Actor, position: int = 0, limit: int = 100) -> Page:
    """Read the Ohio feed as the API does."""
    with acting_as(by, Action.READ):
        return read_changes(state="OH", position=position, limit=limit, by=by)


def test_what_was_read_is_in_the_owners_ledger_with_its_grants(cast: Cast) -> None:
    push_and_apply(cast.outside_group, body(cast.places[1][0]), body(cast.places[2][0]))
    push_and_apply(cast.rival, body(cast.places[2][1], result_code="do_not_call"))
    assert len(read(cast.committee).changes) == 3
    with acting_as(cast.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="feeds:change:read")
    assert (entry.rows, entry.groups) == (3, ["contacts", "registration"])
    assert (entry.purpose, len(entry.grants)) == ("election", 1)


def test_an_empty_page_and_ones_own_changes_leave_no_entry(cast: Cast) -> None:
    assert read(cast.committee).changes == []
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    assert len(read(cast.outside_group).changes) == 1
    with acting_as(cast.ohio, Action.MANAGE):
        assert not Entry.objects.filter(event="feeds:change:read").exists()


def test_voters_obtained_through_the_feed_count_against_the_cap(cast: Cast) -> None:
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration", "contacts"],
        counties=[39049],
        cap_voters_month=2,
    )
    first = cast.places[1]
    push_and_apply(cast.outside_group, body(first[0]), body(first[0]), body(first[1]))
    page = read(cast.stranger)
    assert len(page.changes) == 3
    push_and_apply(cast.outside_group, body(first[2]))
    with pytest.raises(Denied, match="cap_reached"):
        read(cast.stranger, page.position)


def test_without_a_license_to_read_contacts_only_ones_own_come(cast: Cast) -> None:
    revoke(cast.ohio, cast.rival)
    grant(
        "OH",
        cast.ohio,
        cast.rival,
        actions=["contribute"],
        groups=["contacts"],
        pool="at_once",
    )
    grant("OH", cast.ohio, cast.rival, actions=["read"], groups=["registration"])
    voter = cast.places[2][0]
    push_and_apply(cast.outside_group, body(voter))
    push_and_apply(cast.rival, body(voter))
    (own,) = read(cast.rival).changes
    assert own.organization == cast.rival.organization


def test_who_may_only_contribute_hears_nothing_of_what_it_pushed(cast: Cast) -> None:
    revoke(cast.ohio, cast.rival)
    grant(
        "OH",
        cast.ohio,
        cast.rival,
        actions=["contribute"],
        groups=["contacts"],
        pool="at_once",
    )
    push_and_apply(cast.rival, body(cast.places[2][0]))
    assert read(cast.rival).changes == []


def test_the_feed_ends_clearly(cast: Cast) -> None:
    position = read(cast.campaign).position
    revoke(cast.ohio, cast.campaign)
    with pytest.raises(Denied, match="not_licensed"):
        read(cast.campaign, position)
