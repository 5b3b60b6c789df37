"""Score sets under SQL typed as the app role: the uploader's alone, its name included, until shared."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import SETTING, acting_as, token_for
from states.scores.actions import end_share, queue_upload, share_set
from states.scores.models import Holding, LineFault, Score, ScoreSet, Share, Upload
from tests.cast import Cast
from tests.scores.conftest import declare, scores_of, upload

pytestmark = pytest.mark.django_db
TABLES: tuple[Any, ...] = (ScoreSet, Share, Upload, LineFault, Holding, Score)


@pytest.fixture
def made(cast: Cast) -> UUID:
    """The committee's set, with a value for every voter of places 1 and 2, and a line too many."""
    one = declare(cast.committee)
    numbers = [*range(1000, 1040), *range(2000, 2040), 999999]
    assert upload(cast.committee, one, scores_of(numbers, 5)).voters == 80
    return one


def _insert(made: UUID, voter: UUID, place: int, state: str = "OH") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO voters_score VALUES (%s, %s, 9, %s, %s, 0.5)",
            [state, made, voter, place],
        )
        return int(cursor.rowcount)


def _seen(by: Actor, action: Action = Action.READ) -> tuple[int, ...]:
    with acting_as(by, action):
        return tuple(one.objects.count() for one in TABLES)


def test_nobody_else_sees_a_set_or_that_there_is_one(cast: Cast, made: UUID) -> None:
    assert _seen(cast.committee) == (1, 0, 1, 1, 1, 80)
    for who in (cast.ohio, cast.carolina, cast.campaign, cast.rival, cast.stranger):
        for action in Action:
            assert _seen(who, action) == (0, 0, 0, 0, 0, 0), action


def test_values_are_for_reading_alone(cast: Cast, made: UUID) -> None:
    for action in Action:
        values = _seen(cast.committee, action)[-1]
        reads = action in {Action.READ, Action.EXPORT}
        assert values == (80 if reads else 0), action


def test_a_share_reaches_as_far_as_the_receivers_own_grant(
    cast: Cast, made: UUID
) -> None:
    for receiver, held, values in (
        (cast.rival, 1, 40),
        (cast.stranger, 0, 0),
        (cast.ohio, 1, 80),
    ):
        share = share_set(
            set_id=made, receiver=receiver.organization, by=cast.committee
        )
        assert _seen(receiver) == (1, 1, 0, 0, held, values)
        end_share(share_id=share.id, by=cast.committee)
        assert _seen(receiver) == (0, 0, 0, 0, 0, 0)


def test_a_receiver_shares_no_further_and_writes_nothing(
    cast: Cast, made: UUID
) -> None:
    share_set(set_id=made, receiver=cast.rival.organization, by=cast.committee)
    with acting_as(cast.rival, Action.MANAGE):
        onward = Share(
            score_set_id=made,
            organization=cast.rival.organization,
            receiver=cast.stranger.organization,
            shared_by=cast.rival.principal,
            shared_at=timezone.now(),
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            onward.save(force_insert=True)
        for model in (Share, ScoreSet, Upload, LineFault):
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
                assert cursor.rowcount == 0
    with acting_as(cast.rival, Action.READ):
        with pytest.raises(DatabaseError), transaction.atomic():
            _insert(made, cast.places[2][0], 2)
        assert Score.objects.filter(state="OH").update(value=9) == 0
        assert Holding.objects.update(version=9) == 0
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT sec.drop_scores('OH', %s, true)", [made])


def test_nobody_scores_voters_beyond_the_own_grant(cast: Cast) -> None:
    for who, place, state in (
        (cast.campaign, 2, "OH"),
        (cast.campaign, -39, "OH"),
        (cast.ohio, -39, "OH"),
        (cast.committee, 6, "NC"),  # which it may only count
        (cast.ohio, 6, "NC"),
    ):
        mine = declare(who, f"mine_{uuid4().hex[:8]}")
        with (
            acting_as(who, Action.READ),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            _insert(mine, uuid4(), place, state)


def test_nobody_claims_work_but_a_worker(cast: Cast) -> None:
    made = declare(cast.campaign)
    body = [b"voter,score\nOH00000001000,5\n"]
    queue_upload(set_id=made, state="OH", chunks=body, by=cast.campaign)
    for who in (cast.campaign, cast.ohio, cast.stranger):
        for action in (Action.READ, Action.MANAGE):
            with acting_as(who, action), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM sec.claim_scores('me')")
                assert cursor.fetchall() == []


def test_forged_expired_and_missing_actors_see_none(cast: Cast, made: UUID) -> None:
    good = token_for(cast.committee, Action.READ)
    forged = good[:-1] + ("0" if good[-1] != "0" else "1")
    expired = token_for(cast.committee, Action.READ, seconds=-5)
    for token in ("", "x", forged, expired):
        with transaction.atomic(), unguarded(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, token])
            for model in TABLES:
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
                assert cursor.fetchone() == (0,)
