"""A grant's life through its actions: who may take which step, and what each leaves behind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

import coop.grants
from coop.actors import WORKER, Action, Actor, worker_for
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, Invalid, NotFound
from coop.grants import actions, rules
from coop.grants.due import apply_due_grants
from coop.grants.mirror import mirrored_permissions
from coop.grants.models import Grant, Status
from coop.grants.terms import Geography, Terms
from coop.jurisdictions.models import State
from coop.ledger.models import Entry
from states.voters.models import Registration
from tests.cast import Cast
from tests.conftest import CommittedDatabase


def terms(**changed: Any) -> Terms:
    now = timezone.now()
    values: dict[str, Any] = {
        "groups": ("registration",),
        "actions": ("count", "read"),
        "geography": Geography(us_house_districts=("3",)),
        "purpose": "election",
        "starts_at": now - dt.timedelta(hours=1),
        "ends_at": now + dt.timedelta(days=30),
    }
    return Terms(**(values | changed))


def offered(cast: Cast, grantee: Actor | None = None, **changed: Any) -> Grant:
    return actions.offer_grant(
        state="OH",
        grantee=(grantee or cast.stranger).organization,
        terms=terms(**changed),
        by=cast.ohio,
    )


def in_force(cast: Cast, **changed: Any) -> Grant:
    return actions.accept_grant(grant=offered(cast, **changed).id, by=cast.stranger)


def seen_by(actor: Actor) -> set[int]:
    with acting_as(actor, Action.READ):
        rows = Registration.objects.filter(state="OH").values_list("place", flat=True)
        return set(rows)


def events_of(grant: Grant, by: Actor) -> list[str]:
    with acting_as(by, Action.MANAGE):
        found = Entry.objects.filter(subject=str(grant.id)).order_by("at")
        return [entry.event.rpartition(":")[2] for entry in found]


def permissions_of(cast: Cast, actor: Actor) -> frozenset[str]:
    with acting_as(cast.ohio, Action.MANAGE):
        return mirrored_permissions(
            state=State.objects.get(code="OH"), organization=actor.organization
        )


def test_a_request_is_offered_on_other_terms_accepted_and_in_force(cast: Cast) -> None:
    asked = actions.request_grant(
        state="OH",
        terms=terms(geography=Geography(whole_state=True)),
        message="For our house race.",
        by=cast.stranger,
    )
    assert asked.status == Status.REQUESTED
    answered = actions.answer_request(grant=asked.id, terms=terms(), by=cast.ohio)
    assert (answered.status, answered.whole_state) == (Status.OFFERED, False)
    assert seen_by(cast.stranger) == set()
    accepted = actions.accept_grant(grant=asked.id, by=cast.stranger)
    assert accepted.status == Status.ACTIVE
    assert accepted.accepted_by == cast.stranger.principal
    assert seen_by(cast.stranger) == {1, 3}
    assert events_of(asked, cast.ohio) == [
        "requested",
        "offered",
        "accepted",
        "activated",
    ]
    assert permissions_of(cast, cast.stranger) == {"count_voters", "read_voters"}


def test_a_refused_asker_sees_the_reason(cast: Cast) -> None:
    asked = actions.request_grant(state="OH", terms=terms(), by=cast.stranger)
    actions.refuse_grant(grant=asked.id, reason="Not this cycle.", by=cast.ohio)
    with acting_as(cast.stranger, Action.MANAGE):
        seen = Grant.objects.get(id=asked.id)
    assert (seen.status, seen.reason) == (Status.REFUSED, "Not this cycle.")


def test_a_reason_is_needed(cast: Cast) -> None:
    asked = actions.request_grant(state="OH", terms=terms(), by=cast.stranger)
    with pytest.raises(Invalid, match="reason_missing"):
        actions.refuse_grant(grant=asked.id, reason="  ", by=cast.ohio)


def test_suspended_resumed_revoked(cast: Cast) -> None:
    grant = in_force(cast)
    actions.suspend_grant(grant=grant.id, reason="A question.", by=cast.ohio)
    assert seen_by(cast.stranger) == set()
    assert permissions_of(cast, cast.stranger) == set()
    actions.resume_grant(grant=grant.id, by=cast.ohio)
    assert seen_by(cast.stranger) == {1, 3}
    actions.revoke_grant(grant=grant.id, reason="Misuse.", by=cast.ohio)
    assert seen_by(cast.stranger) == set()
    assert permissions_of(cast, cast.stranger) == set()
    with pytest.raises(Conflict, match="step_not_possible"):
        actions.resume_grant(grant=grant.id, by=cast.ohio)


def test_the_mirror_is_the_union_of_the_pairs_active_grants(cast: Cast) -> None:
    in_force(cast, actions=("count",))
    second = in_force(cast, actions=("read", "export"))
    assert permissions_of(cast, cast.stranger) == {
        "count_voters",
        "read_voters",
        "export_voters",
    }
    actions.revoke_grant(grant=second.id, reason="Over.", by=cast.ohio)
    assert permissions_of(cast, cast.stranger) == {"count_voters"}


def test_a_grant_with_a_later_start_waits_and_time_puts_it_in_force(cast: Cast) -> None:
    start = timezone.now() + dt.timedelta(milliseconds=300)
    grant = in_force(cast, starts_at=start)
    assert grant.status == Status.ACCEPTED
    with pytest.raises(Conflict, match="not_yet_time"):
        actions.activate_grant(grant=grant.id, by=cast.stranger)
    assert seen_by(cast.stranger) == set()


def test_time_activates_and_ends(committed_db: CommittedDatabase, cast: Cast) -> None:
    soon = timezone.now() + dt.timedelta(seconds=1.5)
    ending = in_force(cast, ends_at=soon, geography=Geography(counties=(39035,)))
    starting = in_force(cast, starts_at=soon)
    assert seen_by(cast.stranger) == {4}
    wait_until(soon)
    assert seen_by(cast.stranger) == set(), "dates hold before anybody changed a status"
    assert apply_due_grants() == 2
    assert seen_by(cast.stranger) == {1, 3}
    assert events_of(ending, cast.ohio)[-1] == "expired"
    assert events_of(starting, cast.ohio)[-1] == "activated"
    assert apply_due_grants() == 0


def wait_until(moment: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep(extract(epoch FROM %s - clock_timestamp()) + 0.05)",
            [moment],
        )


def test_a_step_that_fails_steps_aside(cast: Cast) -> None:
    grant = in_force(cast)
    due = [(cast.ohio.organization, grant.id, "expire")]
    with patch("coop.grants.due._due", return_value=due):
        assert apply_due_grants() == 0
    assert seen_by(cast.stranger) == {1, 3}


def test_only_the_worker_that_claims_work_learns_what_is_due(cast: Cast) -> None:
    for actor, action in (
        (cast.ohio, Action.MANAGE),
        (worker_for(cast.ohio.organization), Action.APPLY),
    ):
        with acting_as(actor, action), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sec.grants_due()")
            assert cursor.fetchone() == (0,)
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM grants_grant")
        assert cursor.fetchone() == (0,)


def test_a_successor_supersedes_when_it_becomes_active(cast: Cast) -> None:
    first = in_force(cast)
    successor = actions.offer_grant(
        state="OH",
        grantee=cast.stranger.organization,
        terms=terms(geography=Geography(us_house_districts=("15",))),
        supersedes=first.id,
        by=cast.ohio,
    )
    assert successor.lineage == first.id
    assert seen_by(cast.stranger) == {1, 3}
    actions.accept_grant(grant=successor.id, by=cast.stranger)
    assert seen_by(cast.stranger) == {2}
    assert events_of(first, cast.ohio)[-1] == "superseded"
    assert permissions_of(cast, cast.stranger) == {"count_voters", "read_voters"}


def succession(cast: Cast) -> tuple[Grant, Grant]:
    first = in_force(cast)
    successor = actions.offer_grant(
        state="OH",
        grantee=cast.stranger.organization,
        terms=terms(),
        supersedes=first.id,
        by=cast.ohio,
    )
    return first, successor


def test_an_offer_made_before_is_no_way_around_a_suspension(cast: Cast) -> None:
    first, successor = succession(cast)
    actions.suspend_grant(grant=first.id, reason="A question.", by=cast.ohio)
    accepted = actions.accept_grant(grant=successor.id, by=cast.stranger)
    assert accepted.status == Status.ACCEPTED
    assert apply_due_grants() == 0
    with pytest.raises(Conflict, match="not_yet_time"):
        actions.activate_grant(grant=successor.id, by=cast.stranger)
    assert seen_by(cast.stranger) == set()
    actions.resume_grant(grant=first.id, by=cast.ohio)
    assert apply_due_grants() == 1
    assert seen_by(cast.stranger) == {1, 3}


def test_revoking_ends_the_successors_that_wait(cast: Cast) -> None:
    first, successor = succession(cast)
    actions.revoke_grant(grant=first.id, reason="Misuse.", by=cast.ohio)
    with acting_as(cast.ohio, Action.MANAGE):
        successor.refresh_from_db()
    assert (successor.status, successor.reason) == (Status.WITHDRAWN, "Misuse.")


def test_one_predecessor_has_one_living_successor(cast: Cast) -> None:
    first, _ = succession(cast)
    with pytest.raises(Conflict, match="successor_exists"):
        actions.offer_grant(
            state="OH",
            grantee=cast.stranger.organization,
            terms=terms(),
            supersedes=first.id,
            by=cast.ohio,
        )


def test_a_predecessor_of_somebody_elses_does_not_exist(cast: Cast) -> None:
    first = in_force(cast)
    with pytest.raises(NotFound):
        actions.request_grant(
            state="OH", terms=terms(), supersedes=first.id, by=cast.rival
        )
    with pytest.raises(Invalid, match="not_a_predecessor"):
        actions.offer_grant(
            state="OH",
            grantee=cast.rival.organization,
            terms=terms(),
            supersedes=first.id,
            by=cast.ohio,
        )


STEPS: dict[str, Callable[..., Grant]] = {
    "offer": actions.answer_request,
    "refuse": lambda **given: actions.refuse_grant(reason="No.", **given),
    "withdraw": actions.withdraw_grant,
    "accept": actions.accept_grant,
    "activate": actions.activate_grant,
    "suspend": lambda **given: actions.suspend_grant(reason="No.", **given),
    "resume": actions.resume_grant,
    "revoke": lambda **given: actions.revoke_grant(reason="No.", **given),
    "expire": actions.expire_grant,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_grant_of_others_does_not_exist(cast: Cast, step: str) -> None:
    grant = in_force(cast)
    for actor in (cast.rival, cast.carolina):
        with pytest.raises(NotFound):
            STEPS[step](grant=grant.id, by=actor)
    with pytest.raises(NotFound):
        STEPS[step](grant=uuid4(), by=cast.ohio)


@pytest.mark.parametrize(
    ("step", "by"),
    [
        ("offer", "stranger"),
        ("accept", "ohio"),
        ("suspend", "stranger"),
        ("resume", "stranger"),
        ("revoke", "stranger"),
        ("expire", "stranger"),
    ],
)
def test_a_step_of_the_other_sides_is_denied(cast: Cast, step: str, by: str) -> None:
    grant = in_force(cast)
    with pytest.raises(Denied, match="other_side_only"):
        STEPS[step](grant=grant.id, by=getattr(cast, by))


def test_nobody_accepts_its_own_request_or_offers_what_it_does_not_own(
    cast: Cast,
) -> None:
    asked = actions.request_grant(state="OH", terms=terms(), by=cast.stranger)
    with pytest.raises(Conflict):
        actions.accept_grant(grant=asked.id, by=cast.stranger)
    with pytest.raises(Denied, match="not_state_owner"):
        actions.offer_grant(
            state="OH",
            grantee=cast.stranger.organization,
            terms=terms(),
            by=cast.carolina,
        )


@pytest.mark.parametrize("step", ["accept", "suspend", "revoke", "withdraw"])
def test_a_step_and_its_account_happen_together_or_not_at_all(
    cast: Cast, step: str
) -> None:
    grant = in_force(cast) if step in {"suspend", "revoke"} else offered(cast)
    by = cast.stranger if step == "accept" else cast.ohio
    before = permissions_of(cast, cast.stranger)
    with (
        patch("coop.grants.actions.record", side_effect=DatabaseError("full")),
        pytest.raises(DatabaseError, match="full"),
    ):
        STEPS[step](grant=grant.id, by=by)
    with acting_as(cast.ohio, Action.MANAGE):
        assert Grant.objects.get(id=grant.id).status == grant.status
    assert permissions_of(cast, cast.stranger) == before


def test_a_step_and_its_mirror_happen_together_or_not_at_all(cast: Cast) -> None:
    grant = offered(cast)
    with (
        patch("coop.grants.actions.mirror_pair", side_effect=DatabaseError("full")),
        pytest.raises(DatabaseError, match="full"),
    ):
        actions.accept_grant(grant=grant.id, by=cast.stranger)
    assert seen_by(cast.stranger) == set()
    assert events_of(grant, cast.ohio) == ["offered"]


def test_the_databases_guard_knows_the_same_steps(cast: Cast) -> None:
    sql = (
        Path(coop.grants.__file__).parent / "migrations/sql/0003_walls.sql"
    ).read_text()
    for side in rules.Side:
        listed = re.search(
            rf"side = '{side.value}' AND step IN \((.*?)\)\)", sql, re.DOTALL
        )
        assert listed
        known = set(re.findall(r"'(\w+)>(\w+)'", listed[1]))
        ours = {
            (before.value, step.after.value)
            for step in rules.TRANSITIONS
            if side in step.sides
            for before in step.before
        }
        assert ours == known
