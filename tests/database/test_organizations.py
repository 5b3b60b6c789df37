"""Members, invitations, credentials and kept answers, attacked as the app role in a stranger's scope."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, models, transaction
from django.utils import timezone

from api.models import KeptAnswer
from coop.actors import OPERATOR, WORKER, Action, Actor, Permission, PrincipalKind
from coop.db.scope import SETTING, acting_as, token_for
from coop.organizations.actions import found_organization, invite_member
from coop.organizations.credential_actions import CredentialTerms, issue_credential
from coop.organizations.models import (
    Credential,
    Invitation,
    Member,
    OrganizationKind,
    Role,
)
from tests.cast import Cast, actor_of

pytestmark = pytest.mark.django_db

TABLES = (Member, Invitation, Credential, KeptAnswer)
SOON = timedelta(days=9)


@pytest.fixture
def rich(cast: Cast) -> Actor:
    """The campaign, with a row of its own in each table."""
    actor = cast.campaign
    invite_member(email="new@example.org", role=Role.VIEWER, by=actor)
    terms = CredentialTerms("Tool", "tool", ["voters:read"], timezone.now() + SOON)
    issue_credential(terms=terms, by=actor)
    with acting_as(actor, Action.MANAGE):
        row(Member, actor).save(force_insert=True)
        row(KeptAnswer, actor).save(force_insert=True)
    return actor


def row(model: type[models.Model], of: Actor) -> models.Model:
    """Return an unsaved row that belongs to an organization."""
    now = timezone.now()
    person_id = uuid.uuid4()
    if model is Member:
        person_id = _person()
    made: dict[type[models.Model], Callable[[], models.Model]] = {
        Member: lambda: Member(
            organization_id=of.organization,
            person_id=person_id,
            role=Role.OWNER,
            added_at=now,
        ),
        Invitation: lambda: Invitation(
            organization_id=of.organization,
            email="thief@example.org",
            role=Role.OWNER,
            token_hash=uuid.uuid4().hex,
            invited_by=of.principal,
            invited_at=now,
            expires_at=now + SOON,
        ),
        Credential: lambda: Credential(
            organization_id=of.organization,
            name="Stolen",
            source="stolen",
            prefix=uuid.uuid4().hex[:12],
            key_hash="0" * 64,
            permissions=[one.value for one in Permission],
            created_by=of.principal,
            created_at=now,
            expires_at=now + SOON,
        ),
        KeptAnswer: lambda: KeptAnswer(
            organization=of.organization,
            principal=of.principal,
            key_hash=uuid.uuid4().hex,
            fingerprint="0" * 64,
            started_at=now,
            expires_at=now + SOON,
        ),
    }
    return made[model]()


def _person() -> uuid.UUID:
    person = uuid.uuid4()
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_person (id, email, name, password, is_superuser, is_active, created_at)"
            " VALUES (%s, %s, '', '', false, true, now())",
            [person, f"{person.hex}@example.org"],
        )
    return person


def as_nobody(cast: Cast, how: str) -> None:
    """Leave the connection with a setting that is no actor's."""
    good = token_for(cast.campaign, Action.MANAGE)
    value = {
        "none": "",
        "forged": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "expired": token_for(cast.campaign, Action.MANAGE, seconds=-1),
    }[how]
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])


@pytest.mark.parametrize("model", TABLES)
@pytest.mark.parametrize("action", list(Action))
def test_a_stranger_finds_and_changes_nothing(
    cast: Cast, rich: Actor, model: Any, action: Action
) -> None:
    for stranger in (cast.stranger, cast.ohio, OPERATOR, WORKER):
        with acting_as(stranger, action):
            others = model.objects.exclude(organization=stranger.organization)
            assert not others.exists()
            assert _updated(others) == 0


@pytest.mark.parametrize("model", TABLES)
@pytest.mark.parametrize("how", ["none", "forged", "expired"])
def test_nobody_finds_anything(cast: Cast, rich: Actor, model: Any, how: str) -> None:
    as_nobody(cast, how)

    assert not model.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        row(model, cast.campaign).save(force_insert=True)


@pytest.mark.parametrize("model", TABLES)
def test_a_stranger_plants_nothing(cast: Cast, model: Any) -> None:
    for stranger in (cast.stranger, cast.ohio, WORKER):
        with (
            pytest.raises(DatabaseError),
            acting_as(stranger, Action.MANAGE),
        ):
            row(model, cast.campaign).save(force_insert=True)


@pytest.mark.parametrize("model", [Member, Invitation, Credential])
@pytest.mark.parametrize("action", [Action.READ, Action.EXPORT, Action.CONTRIBUTE])
def test_reading_data_is_no_scope_for_changing_who_acts(
    rich: Actor, model: Any, action: Action
) -> None:
    with acting_as(rich, action):
        assert _updated(model.objects.all()) == 0
    with pytest.raises(DatabaseError), acting_as(rich, action):
        row(model, rich).save(force_insert=True)


@pytest.mark.parametrize("model", TABLES)
def test_no_row_is_given_away(cast: Cast, rich: Actor, model: Any) -> None:
    column = "organization" if model is KeptAnswer else "organization_id"
    with pytest.raises(DatabaseError), acting_as(rich, Action.MANAGE):
        model.objects.update(**{column: cast.stranger.organization})


def test_a_colleague_does_not_read_anothers_kept_answers(rich: Actor) -> None:
    colleague = Actor(rich.organization, uuid.uuid4(), PrincipalKind.PERSON)
    with acting_as(colleague, Action.MANAGE):
        assert not KeptAnswer.objects.exists()


def test_the_operator_lets_nobody_into_an_organization_that_has_a_member(
    rich: Actor,
) -> None:
    for model in (Member, Invitation, Credential):
        with pytest.raises(DatabaseError), acting_as(OPERATOR, Action.OPERATE):
            row(model, rich).save(force_insert=True)


def test_the_operator_invites_a_first_owner_and_no_other_role(cast: Cast) -> None:
    founded = found_organization(
        kind=OrganizationKind.CAMPAIGN, name="New Here", by=OPERATOR
    )
    nobody_yet = actor_of(founded.id)
    viewer = row(Invitation, nobody_yet)
    viewer.role = Role.VIEWER  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError), acting_as(OPERATOR, Action.OPERATE):
        viewer.save(force_insert=True)

    with acting_as(OPERATOR, Action.OPERATE):
        row(Invitation, nobody_yet).save(force_insert=True)


def test_credentials_and_organizations_are_never_deleted_nor_renamed(
    rich: Actor,
) -> None:
    for statement in (
        "DELETE FROM organizations_credential",
        "DELETE FROM organizations_invitation",
        "DELETE FROM organizations_organization",
        "UPDATE organizations_organization SET name = 'Mine'",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(rich, Action.MANAGE),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_key_is_touched_by_its_holder_alone(rich: Actor) -> None:
    with acting_as(rich, Action.MANAGE):
        prefix = Credential.objects.get().prefix
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT sec.touch_credential(%s, %s)", [prefix, "0" * 64])
        cursor.execute("SELECT * FROM sec.authenticate(%s, %s)", [prefix, "0" * 64])
        assert cursor.fetchall() == []
    with acting_as(rich, Action.MANAGE):
        assert Credential.objects.get().last_used_at is None


def _updated(rows: Any) -> int:
    column = "expires_at" if rows.model is not Member else "added_at"
    return int(rows.update(**{column: timezone.now()}))
