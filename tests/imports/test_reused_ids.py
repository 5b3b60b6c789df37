"""An identifier that the state gave to someone else: nothing that is about a person follows it."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import Any
from uuid import UUID

from coop.actors import Action
from coop.db.scope import acting_as
from states.canvass.models import Contact
from states.canvass.queries import standing_of, suppressions_of
from states.imports.actions import order_rollback
from states.imports.models import Status
from states.imports.work import run_imports
from states.voters.models import Registration
from tests.canvass.pushes import body, push_and_apply
from tests.cast import Cast
from tests.feeds.differences import read_chunks
from tests.imports.people import import_voters, people, person, registration

BELA = {
    "first_name": "BELA",
    "last_name": "UNUSUAL",
    "birth_date": dt.date(1990, 7, 8),
}
CLEO = {
    "first_name": "CLEO",
    "last_name": "STRANGER",
    "birth_date": dt.date(1961, 3, 4),
}
DORA = {
    "first_name": "DORA",
    "last_name": "THIRD",
    "birth_date": dt.date(1977, 5, 6),
}


def publish(cast: Cast, **who: Any) -> UUID:
    """Publish forty people and whoever has the number 51 now; return whom the co-op takes that for."""
    run = import_voters(cast.ohio, [*people(range(1, 41)), person(51, **who)])
    assert run.status == Status.PUBLISHED, run.problem
    return registration(cast, 51).voter


def as_owner(cast: Cast, voter: UUID) -> Registration:
    with acting_as(cast.ohio, Action.READ):
        return Registration.objects.get(state="OH", voter=voter)


def known_to_committee(cast: Cast, voter: UUID) -> tuple[bool, bool, bool]:
    """Tell whether the committee sees the voter, its standing, and its protection."""
    with acting_as(cast.committee, Action.READ):
        return (
            Registration.objects.filter(state="OH", voter=voter).exists(),
            bool(standing_of("OH", [voter])),
            bool(suppressions_of("OH", [voter])),
        )


def canvassed(cast: Cast) -> UUID:
    bela = publish(cast, **BELA)
    push_and_apply(cast.outside_group, body(bela, support=1, suppressions=["call"]))
    assert known_to_committee(cast, bela) == (True, True, True)
    return bela


def test_contacts_and_protection_stay_with_the_person(ohio: Cast) -> None:
    bela = canvassed(ohio)
    cleo = publish(ohio, **CLEO)
    assert cleo != bela
    assert known_to_committee(ohio, cleo) == (True, False, False)
    assert known_to_committee(ohio, bela) == (False, False, False)
    former = as_owner(ohio, bela)
    assert (former.shielded, former.place) == ("gone", -39)
    assert (former.last_name, former.state_voter_id) == ("UNUSUAL", "OH00000000051~2")
    with acting_as(ohio.ohio, Action.READ):
        contact = Contact.objects.get(state="OH")
    assert (contact.voter, contact.place) == (bela, -39)


def test_the_former_person_comes_back_with_what_is_theirs(ohio: Cast) -> None:
    bela = canvassed(ohio)
    cleo = publish(ohio, **CLEO)
    dora = publish(ohio, **DORA)
    assert publish(ohio, **BELA) == bela
    assert known_to_committee(ohio, bela) == (True, True, True)
    assert as_owner(ohio, cleo).state_voter_id == "OH00000000051~3"
    assert as_owner(ohio, dora).state_voter_id == "OH00000000051~4"
    assert publish(ohio, **DORA) == dora


def test_after_a_rollback_the_next_file_finds_them_again(ohio: Cast) -> None:
    bela = canvassed(ohio)
    cleo = publish(ohio, **CLEO)
    order_rollback(state="OH", to=1, reason="A column slipped.", by=ohio.ohio)
    run_imports()
    shielded = {as_owner(ohio, one).shielded for one in (bela, cleo)}
    assert shielded == {"gone"}, "going back lifts nobody's protection"
    assert publish(ohio, **BELA) == bela
    assert known_to_committee(ohio, bela) == (True, True, True)
    assert as_owner(ohio, cleo).shielded == "gone"


def test_an_identifier_of_someone_long_gone_is_anothers_too(ohio: Cast) -> None:
    bela = canvassed(ohio)
    import_voters(ohio.ohio, people(range(1, 41)))
    assert as_owner(ohio, bela).shielded == "gone"
    run = import_voters(ohio.ohio, [*people(range(1, 41)), person(51, **CLEO)])
    figures = ("inserted", "returned", "gone", "id_reused")
    assert [run.figures[name] for name in figures] == [1, 0, 0, 1]
    assert registration(ohio, 51).voter != bela
    assert known_to_committee(ohio, registration(ohio, 51).voter) == (
        True,
        False,
        False,
    )


def test_readers_are_told_that_one_left_and_another_joined(ohio: Cast) -> None:
    bela = canvassed(ohio)
    cleo = publish(ohio, **CLEO)
    told = chain.from_iterable(read_chunks(ohio.committee, 1, 2))
    assert {one.voter: one.told.value for one in told} == {
        bela: "left",
        cleo: "joined",
    }


def test_many_at_once_wait_for_a_person(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 301)))
    others = [person(n, **CLEO | {"last_name": f"OTHER{n}"}) for n in (3, 5)]
    rest = [person(n) for n in range(1, 301) if n not in {3, 5}]
    run = import_voters(ohio.ohio, [*rest, *others])
    assert run.status == Status.READY
    assert [one["code"] for one in run.needs_review] == ["ids_reused"]
    assert run.review["kinds"]["id_reused"] == 2
