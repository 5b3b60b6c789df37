"""Whoever sees current values sees the changes that made them: what keeps caught-up bitmaps within the walls."""

from __future__ import annotations

from uuid import UUID

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass.models import Standing, Suppression
from states.feeds.models import Change
from states.voters.models import Registration
from tests.canvass.amendments import retract
from tests.canvass.pushes import body, drain, push_and_apply
from tests.cast import NAMES, Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.database.canvass_oracle import play


def _voters(actor: Actor, action: Action) -> tuple[set[UUID], set[UUID]]:
    """Return whose current values an actor sees among those it may read, and whose changes."""
    with acting_as(actor, action):
        read = set(
            Registration.objects.filter(state="OH", place__gt=0).values_list(
                "voter", flat=True
            )
        )
        held = {
            voter
            for model in (Standing, Suppression)
            for voter in model.objects.filter(state="OH").values_list(
                "voter", flat=True
            )
        }
        told = set(
            Change.objects.filter(state="OH")
            .exclude(voter=None)
            .values_list("voter", flat=True)
        )
    return held & read, {one for one in told if one}


def test_no_current_value_is_seen_without_its_change(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    play(cast)
    for name in NAMES:
        for action in (Action.READ, Action.EXPORT):
            held, told = _voters(cast.everyone[name], action)
            assert held <= told, (name, action)
            if name in ("ohio", "committee"):
                assert len(held) > 3


def test_a_value_that_went_left_a_change_with_everyone_who_saw_it(cast: Cast) -> None:
    voter = cast.places[1][7]
    (contact,) = push_and_apply(
        cast.outside_group, body(voter, result_code="do_not_call")
    )
    seen = {
        name
        for name, actor in cast.everyone.items()
        if voter in _voters(actor, Action.READ)[0]
    }
    before = {name: _changes(cast.everyone[name], voter) for name in seen}
    retract(cast.outside_group, contact)
    drain()
    assert seen == {"ohio", "committee", "campaign", "outside_group"}
    for name in seen:
        assert voter not in _voters(cast.everyone[name], Action.READ)[0]
        assert _changes(cast.everyone[name], voter) > before[name]


def _changes(actor: Actor, voter: UUID) -> int:
    with acting_as(actor, Action.READ):
        return Change.objects.filter(state="OH", voter=voter).count()
