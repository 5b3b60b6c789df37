"""Two at once: a cap is never passed, and of two steps that exclude each other one is taken."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Conflict, CoopError
from coop.grants import actions
from coop.grants.caps import note_voters
from coop.grants.models import Grant
from coop.grants.queries import cap_use
from coop.grants.terms import terms_of
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.database.checks import offer


def together(*acts: Callable[[], object]) -> list[CoopError]:
    """Do things at the same moment on connections of their own; return the refusals."""
    gate = threading.Barrier(len(acts))
    refusals: list[CoopError] = []

    def run(act: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=20)
            act()
        except CoopError as refusal:
            refusals.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def test_two_at_once_never_pass_a_cap(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"], cap_voters_month=10)

    def obtain(start: int) -> Callable[[], None]:
        def act() -> None:
            with acting_as(cast.stranger, Action.READ):
                note_voters(
                    by=cast.stranger,
                    state="OH",
                    voters=cast.places[1][start : start + 6],
                    groups=["registration"],
                    action=Action.READ,
                )

        return act

    refusals = together(obtain(0), obtain(6), obtain(12))
    assert [one.code for one in refusals] == ["cap_reached"] * 2
    with acting_as(cast.ohio, Action.MANAGE):
        assert [used for _, used in cap_use(made.lineage)] == [6]


def test_of_accepting_and_withdrawing_one_wins(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    made = offer(cast, by=cast.ohio)
    refusals = together(
        lambda: actions.accept_grant(grant=made.id, by=cast.stranger),
        lambda: actions.withdraw_grant(grant=made.id, by=cast.ohio),
    )
    assert [type(one) for one in refusals] == [Conflict]
    with acting_as(cast.ohio, Action.MANAGE):
        assert Grant.objects.get(id=made.id).status in {"active", "withdrawn"}


def test_one_predecessor_is_offered_one_successor(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    first = actions.accept_grant(grant=offer(cast, by=cast.ohio).id, by=cast.stranger)

    def succeed() -> Grant:
        return actions.offer_grant(
            state="OH",
            grantee=cast.stranger.organization,
            terms=terms_of(first),
            supersedes=first.id,
            by=cast.ohio,
        )

    refusals = together(succeed, succeed)
    assert [one.code for one in refusals] == ["successor_exists"]
