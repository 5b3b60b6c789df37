"""Lists and exports under SQL typed as the app role: nothing of another's, nothing in another's name."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import SETTING, acting_as, token_for
from states.lists.models import Export, ExportStatus
from tests.cast import Cast
from tests.lists.test_exports import order
from tests.lists.test_lists import save

ClientOf = Callable[..., APIClient]
_numbers = count()
TABLES = (
    "lists_list",
    "lists_member",
    "lists_pull",
    "lists_pull_member",
    "lists_export",
)


@pytest.fixture
def campaign(cast: Cast, client_of: ClientOf) -> dict[str, str]:
    """The campaign's pinned list of its two places, and an export of it with one voter sent."""
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    assert client.post(f"/v1/lists/{saved}/pulls", {}, format="json").status_code == 201
    ordered = order(client, saved)
    with acting_as(cast.campaign, Action.EXPORT):
        Export.objects.update(status=ExportStatus.STREAMING)
        _send(cast.campaign, ordered["id"], cast.places[1][0])
    return {"list": ordered["list"], "export": ordered["id"]}


def _run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _refused(statement: str, *values: Any) -> str:
    """Return the error of a statement that must fail."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        _run(statement, *values)
    return str(caught.value)


def _send(by: Actor, export: str, voter: uuid.UUID, state: str = "OH") -> int:
    """Note a voter as sent, as a download does."""
    return _run(
        "INSERT INTO lists_export_block"
        " (state, export, download, number, organization, lowest, highest, voters, places)"
        " VALUES (%s, %s, 1, %s, %s, %s, %s, %s, '{1}')",
        state,
        export,
        next(_numbers),
        by.organization,
        voter,
        voter,
        [voter],
    )


def _holders(voter: uuid.UUID, state: str = "OH") -> int:
    return _run("SELECT 1 FROM sec.holders(%s, %s)", state, voter)


def _seen(table: str) -> int:
    return _run(f"SELECT 1 FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_strangers_see_nothing_in_any_scope(
    cast: Cast, campaign: dict[str, str], table: str
) -> None:
    for action in Action:
        for one in (cast.stranger, cast.rival, cast.carolina):
            with acting_as(one, action):
                assert _seen(table) == 0, action
    with acting_as(cast.campaign, Action.READ):
        assert _seen(table) > 0


@pytest.mark.parametrize("table", TABLES)
def test_nobody_and_a_forged_or_expired_actor_see_nothing(
    cast: Cast, campaign: dict[str, str], table: str
) -> None:
    good = token_for(cast.campaign, Action.READ)
    for bad in ("", good[:-1], good.replace("read", "export"), "x", "|||||"):
        with transaction.atomic(), unguarded():
            _run("SELECT set_config(%s, %s, true)", SETTING, bad)
            assert _seen(table) == 0
    with transaction.atomic(), unguarded():
        expired = token_for(cast.campaign, Action.READ, seconds=-1)
        _run("SELECT set_config(%s, %s, true)", SETTING, expired)
        assert _seen(table) == 0


def test_the_owner_sees_who_received_its_voters_and_no_lists(
    cast: Cast, campaign: dict[str, str]
) -> None:
    with acting_as(cast.ohio, Action.READ):
        assert [_seen(table) for table in TABLES] == [0, 0, 0, 0, 0]
    sent, other = cast.places[1][0], cast.places[1][1]
    for action in (Action.READ, Action.MANAGE):
        with acting_as(cast.ohio, action):
            assert (_holders(sent), _holders(other), _holders(sent, "NC")) == (1, 0, 0)
    for action in (Action.COUNT, Action.CONTRIBUTE, Action.IMPORT, Action.EXPORT):
        with acting_as(cast.ohio, action):
            assert _holders(sent) == 0


def test_who_received_a_voter_is_told_to_no_one_else(
    cast: Cast, campaign: dict[str, str]
) -> None:
    for action in Action:
        for one in (cast.campaign, cast.carolina, cast.committee, cast.stranger):
            with acting_as(one, action):
                assert _holders(cast.places[1][0]) == 0
                assert "permission denied" in _refused(
                    "SELECT 1 FROM lists_export_block"
                )
    good = token_for(cast.ohio, Action.READ)
    late = token_for(cast.ohio, Action.READ, seconds=-1)
    for bad in ("", good[:-1], good.replace("read", "manage"), late):
        with transaction.atomic(), unguarded():
            _run("SELECT set_config(%s, %s, true)", SETTING, bad)
            assert _holders(cast.places[1][0]) == 0


def test_a_voter_of_another_place_is_pinned_in_no_list(
    cast: Cast, campaign: dict[str, str]
) -> None:
    pin = "INSERT INTO lists_member VALUES ('OH', %s, %s, %s)"
    with acting_as(cast.campaign, Action.READ):
        for place in (2, 4, -39):
            error = _refused(pin, campaign["list"], uuid.uuid4(), place)
            assert "row-level security" in error
    with acting_as(cast.rival, Action.READ):
        error = _refused(pin, campaign["list"], cast.places[2][0], 2)
        assert "row-level security" in error


def test_an_export_is_written_for_oneself_alone_and_while_it_streams(
    cast: Cast, campaign: dict[str, str]
) -> None:
    with acting_as(cast.campaign, Action.EXPORT):
        assert _send(cast.campaign, campaign["export"], cast.places[1][1]) == 1
        for by, state in ((cast.rival, "OH"), (cast.campaign, "NC")):
            with pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
                _send(by, campaign["export"], uuid.uuid4(), state)
        Export.objects.update(status=ExportStatus.CUT)
        with pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
            _send(cast.campaign, campaign["export"], uuid.uuid4())
        Export.objects.update(status=ExportStatus.STREAMING)
    reading = acting_as(cast.campaign, Action.READ)
    with reading, pytest.raises(DatabaseError), transaction.atomic():
        _send(cast.campaign, campaign["export"], uuid.uuid4())
    rivals = acting_as(cast.rival, Action.EXPORT)
    with rivals, pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
        _send(cast.rival, campaign["export"], uuid.uuid4())


def test_what_was_sent_is_neither_changed_nor_forgotten(
    cast: Cast, campaign: dict[str, str]
) -> None:
    for action in (Action.EXPORT, Action.MANAGE):
        with acting_as(cast.campaign, action):
            assert "permission denied" in _refused("DELETE FROM lists_export_block")
            assert "permission denied" in _refused(
                "UPDATE lists_export_block SET organization = %s",
                cast.rival.organization,
            )
            assert "permission denied" in _refused("DELETE FROM lists_export")


def test_an_ended_link_stays_ended(cast: Cast, campaign: dict[str, str]) -> None:
    with acting_as(cast.campaign, Action.MANAGE):
        Export.objects.update(status=ExportStatus.REVOKED)
        error = _refused("UPDATE lists_export SET status = 'ordered'")
        assert "stays ended" in error
        assert "permission denied" in _refused(
            "UPDATE lists_export SET expires_at = %s", timezone.now()
        )


def test_only_its_owner_forgets_a_list(cast: Cast, campaign: dict[str, str]) -> None:
    drop = "SELECT sec.drop_list_members(%s, '{OH}')"
    for by, action in (
        (cast.rival, Action.MANAGE),
        (cast.ohio, Action.MANAGE),
        (cast.campaign, Action.READ),
    ):
        with acting_as(by, action):
            assert "no such list" in _refused(drop, campaign["list"])
    with acting_as(cast.campaign, Action.READ):
        assert _seen("lists_member") == 80


def test_a_link_opens_by_its_whole_token_alone(
    cast: Cast, campaign: dict[str, str]
) -> None:
    with acting_as(cast.campaign, Action.READ):
        (hash_,) = Export.objects.values_list("token_hash", flat=True)
    opened = "SELECT 1 FROM sec.open_export(%s)"
    assert _run(opened, hash_) == 1
    for guess in ("", hash_[:-1], hash_.upper(), "%", hash_ + " "):
        assert _run(opened, guess) == 0


def test_partitions_are_out_of_reach(cast: Cast, campaign: dict[str, str]) -> None:
    with acting_as(cast.campaign, Action.READ):
        for table in ("lists_member_oh", "lists_export_block_oh"):
            assert "permission denied" in _refused(f"SELECT 1 FROM partitions.{table}")


def test_due_exports_are_told_to_workers_alone(
    cast: Cast, campaign: dict[str, str]
) -> None:
    with acting_as(cast.campaign, Action.MANAGE):
        Export.objects.update(progress_at=timezone.now() - dt.timedelta(hours=1))
        assert _run("SELECT 1 FROM sec.exports_due()") == 0
