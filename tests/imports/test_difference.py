"""Importing again: what is new, changed, moved, gone, returned and confidential, to the voter."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports.models import Import, Status
from states.voters.models import Demographics, Registration, VoteHistory
from tests.cast import Cast
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    GENERAL,
    PRIMARY,
    deliver,
    import_delivery,
    import_voters,
    ohio_file,
    people,
    person,
    registration,
    vote,
)


def counted(run: Import, *names: str) -> dict[str, Any]:
    assert run.status == Status.PUBLISHED, (run.problem, run.needs_review)
    return {name: run.figures[name] for name in names}


def test_votes_are_kept_as_parallel_arrays_of_numbered_elections(ohio: Cast) -> None:
    import_voters(ohio.ohio, [person(3), person(5), person(4)])
    with acting_as(ohio.ohio, Action.READ):
        rows = {row.voter: row for row in VoteHistory.objects.filter(state="OH")}
    both = rows[registration(ohio, 3).voter]
    assert len(both.elections) == 2 == both.times_voted
    assert both.elections == sorted(both.elections)
    assert both.parties.count("D") == 1
    assert both.last_voted_date == GENERAL
    none = rows[registration(ohio, 4).voter]
    assert (none.elections, none.last_voted_date) == ([], None)


def test_the_same_file_again_changes_nothing(ohio: Cast) -> None:
    voters = people(range(1, 31))
    first = import_voters(ohio.ohio, voters)
    before = registration(ohio, 7)
    again = import_voters(ohio.ohio, voters)
    assert counted(again, "inserted", "changed", "unchanged", "gone") == {
        "inserted": 0,
        "changed": 0,
        "unchanged": 30,
        "gone": 0,
    }
    assert again.publication == (first.publication or 0) + 1
    after = registration(ohio, 7)
    assert (after.voter, after.publication) == (before.voter, first.publication)


def test_new_changed_moved_gone_and_confidential_are_told_apart(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    moved_before, hidden_before = registration(ohio, 2), registration(ohio, 4)
    changed = [
        person(1, last_name="NEWNAME"),
        person(2, county=FRANKLIN),
        person(3, history=[vote(GENERAL, "general"), vote(PRIMARY, "primary", "R")]),
        person(4, confidential=True),
    ]
    run = import_voters(ohio.ohio, [*changed, *people(range(5, 39)), person(41)])
    assert counted(
        run,
        "inserted",
        "changed",
        "moved",
        "gone",
        "unchanged",
        "newly_confidential",
        "confidential",
        "in_scope",
    ) == {
        "inserted": 1,
        "changed": 4,
        "moved": 1,
        "gone": 2,
        "unchanged": 34,
        "newly_confidential": 1,
        "confidential": 1,
        "in_scope": 40,
    }
    moved, hidden, gone = (registration(ohio, n) for n in (2, 4, 40))
    assert moved.voter == moved_before.voter
    assert moved.place not in {moved_before.place, -39}
    assert moved.county == FRANKLIN
    assert (hidden.voter, hidden.place, hidden.shielded) == (
        hidden_before.voter,
        -39,
        "confidential",
    )
    assert (gone.place, gone.shielded) == (-39, "gone")
    with acting_as(ohio.ohio, Action.READ):
        for table in (Demographics, VoteHistory):
            for one in (moved, hidden, gone):
                assert table.objects.get(state="OH", voter=one.voter).place == one.place


def test_who_leaves_is_out_of_every_licensees_sight_at_once(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    with acting_as(ohio.committee, Action.READ):
        assert Registration.objects.filter(state="OH").count() == 40
    import_voters(ohio.ohio, [person(1, confidential=True), *people(range(2, 40))])
    with acting_as(ohio.committee, Action.READ):
        seen = Registration.objects.filter(state="OH")
        assert seen.count() == 38
        assert not seen.filter(place__lt=0).exists()


def test_a_voter_who_comes_back_keeps_the_id(ohio: Cast) -> None:
    voters = people(range(1, 21))
    import_voters(ohio.ohio, voters)
    before = registration(ohio, 20)
    import_voters(ohio.ohio, voters[:-1])
    assert registration(ohio, 20).shielded == "gone"
    back = import_voters(ohio.ohio, voters)
    assert counted(back, "returned", "inserted", "changed", "moved", "unchanged") == {
        "returned": 1,
        "inserted": 0,
        "changed": 0,
        "moved": 0,
        "unchanged": 19,
    }
    after = registration(ohio, 20)
    assert (after.voter, after.place, after.shielded) == (
        before.voter,
        before.place,
        None,
    )


def test_a_countys_delivery_erases_nobody_elsewhere(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    in_franklin = [one for one in people(range(1, 41)) if one["county"] == FRANKLIN]
    run = import_voters(ohio.ohio, in_franklin[:-1], counties=[FRANKLIN])
    assert counted(run, "gone", "unchanged", "in_scope") == {
        "gone": 1,
        "unchanged": 19,
        "in_scope": 20,
    }
    with acting_as(ohio.ohio, Action.READ):
        elsewhere = Registration.objects.filter(state="OH", county=CUYAHOGA)
        assert elsewhere.filter(shielded=None).count() == 20


def test_voters_outside_the_declared_counties_stop_the_import(ohio: Cast) -> None:
    run = import_voters(ohio.ohio, people(range(1, 11)), counties=[FRANKLIN])
    assert run.status == Status.FAILED
    assert run.problem
    assert run.problem["code"] == "outside_scope"
    with acting_as(ohio.ohio, Action.READ):
        assert not Registration.objects.filter(state="OH").exists()


def test_an_identifier_in_two_files_is_kept_once_and_set_aside_once(ohio: Cast) -> None:
    files = {
        "SWVF_1_44.txt": ohio_file(people(range(1, 31))),
        "SWVF_45_88.txt": ohio_file([*people(range(31, 61)), person(30)]),
    }
    run = import_delivery(ohio.ohio, deliver(ohio.ohio, files))
    assert counted(run, "inserted", "rejected", "rows") == {
        "inserted": 60,
        "rejected": 1,
        "rows": 61,
    }


def test_rows_that_follow_a_voter_move_in_the_same_publication(ohio: Cast) -> None:
    """A table with voter and place, as contacts are, is moved by the publication."""
    import_voters(ohio.ohio, people(range(1, 21)))
    one = registration(ohio, 2)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE note (state text, voter uuid, place integer, PRIMARY KEY (state, voter))"
            " PARTITION BY LIST (state)"
        )
        cursor.execute("SELECT sec.wall_state_table('note'), sec.follow_voters('note')")
        cursor.execute(
            "CREATE POLICY anyone ON note TO coop_owner USING (true) WITH CHECK (true)"
        )
        cursor.execute("INSERT INTO note VALUES ('OH', %s, %s)", [one.voter, one.place])
    import_voters(
        ohio.ohio, [person(1), person(2, county=FRANKLIN), *people(range(3, 21))]
    )
    moved = registration(ohio, 2)
    assert moved.place != one.place
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT place FROM note")
        assert cursor.fetchall() == [(moved.place,)]


def test_an_older_file_waits_for_someone_to_look(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 11)))
    run = import_voters(ohio.ohio, people(range(1, 11)), file_date=dt.date(2026, 10, 1))
    assert run.status == Status.READY
    assert [one["code"] for one in run.needs_review] == ["older_file"]
