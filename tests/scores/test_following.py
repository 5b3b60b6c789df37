"""Scores follow their voters: to other places, and out of sight, in the publication itself."""

from __future__ import annotations

from coop.actors import Action
from coop.db.scope import acting_as
from states.scores.models import Score
from tests.cast import Cast
from tests.imports.people import FRANKLIN, import_voters, people, person, registration
from tests.scores.conftest import declare, upload


def test_values_move_and_vanish_with_their_voters(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 21)))
    before = {number: registration(ohio, number) for number in (1, 2, 4)}
    made = declare(ohio.ohio)
    lines = [f"{one.state_voter_id},{number}" for number, one in before.items()]
    assert upload(ohio.ohio, made, lines).voters == 3
    changed = [person(1), person(2, county=FRANKLIN), person(4, confidential=True)]
    import_voters(ohio.ohio, [*changed, person(3), *people(range(5, 21))])
    with acting_as(ohio.ohio, Action.READ):
        rows = {one.voter: one for one in Score.objects.filter(state="OH")}
    assert set(rows) == {before[1].voter, before[2].voter}
    moved = registration(ohio, 2)
    assert moved.place != before[2].place
    assert rows[moved.voter].place == moved.place
