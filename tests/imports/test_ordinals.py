"""Ordinals: allotted by place in the publication that brings a voter, kept through all that follows."""

from __future__ import annotations

import datetime as dt

from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports.models import Status
from states.voters.models import Registration
from tests.cast import Cast
from tests.imports.people import FRANKLIN, import_voters, people, person


def ordinals(cast: Cast) -> dict[str, tuple[int, int]]:
    """Return each voter's place and ordinal, by the state's identifier."""
    with acting_as(cast.ohio, Action.READ):
        rows = Registration.objects.filter(state="OH")
        return {
            key: (place, ordinal or 0)
            for key, place, ordinal in rows.values_list(
                "state_voter_id", "place", "ordinal"
            )
        }


def test_new_voters_are_numbered_by_place_and_keep_their_numbers(ohio: Cast) -> None:
    first = people(range(1, 31))
    import_voters(ohio.ohio, first)
    before = ordinals(ohio)
    assert sorted(number for _, number in before.values()) == list(range(1, 31))
    by_number = [place for place, _ in sorted(before.values(), key=lambda one: one[1])]
    assert by_number == sorted(by_number)
    moved = [person(2, county=FRANKLIN, us_house_district="3"), *people(range(4, 41))]
    later = dt.date(2026, 11, 18)
    run = import_voters(ohio.ohio, moved, file_date=later)
    assert run.status == Status.PUBLISHED
    after = ordinals(ohio)
    kept = {key: after[key][1] for key in before}
    assert kept == {key: number for key, (_, number) in before.items()}
    numbers = sorted(number for _, number in after.values())
    assert numbers == list(range(1, 41))


def test_who_has_no_ordinal_gets_one_after_the_others(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 11)))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET ordinal = NULL"
            " WHERE state = 'OH' AND state_voter_id <= 'OH00000000003'"
        )
        cursor.execute("SELECT sec.allot_ordinals('OH')")
        assert cursor.fetchone()[0] == 3
        cursor.execute("RESET ROLE")
    after = {key: number for key, (_, number) in ordinals(ohio).items()}
    late = {f"OH{number:011d}" for number in (1, 2, 3)}
    assert len(set(after.values())) == 10
    assert set(sorted(after, key=lambda key: after[key])[-3:]) == late
