"""The second lock: what the actor's grants let it do, judged without the database's policies."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Denied, NotFound
from coop.grants import actions
from coop.grants.access import check_licensed, licensed_groups, licensed_scope
from coop.grants.caps import next_month, note_voters
from coop.grants.models import Grant, StateGroupObjectPermission
from coop.grants.queries import cap_use, grants_in_force_of
from coop.grants.terms import terms_of
from coop.organizations.models import Organization
from tests.cast import Cast, grant


def licensed(actor: Actor, state: str, action: Action, *groups: str) -> Any:
    with acting_as(actor, action):
        return check_licensed(actor, state, action, groups)


def test_the_owner_needs_no_grant(cast: Cast) -> None:
    found = licensed(cast.ohio, "OH", Action.EXPORT, "registration", "contacts")
    assert (found.owner, found.whole_state, found.grants) == (True, True, ())


def test_a_licensee_is_told_which_grants_it_rests_on(cast: Cast) -> None:
    found = licensed(cast.campaign, "OH", Action.READ, "registration")
    assert (found.owner, found.whole_state, found.purpose) == (False, False, "election")
    assert len(found.grant_ids) == 1
    assert licensed(cast.committee, "OH", Action.READ, "registration").whole_state


@pytest.mark.parametrize(
    ("who", "state", "action", "groups", "missing"),
    [
        ("stranger", "OH", Action.READ, ["registration"], ["registration"]),
        ("campaign", "NC", Action.READ, ["registration"], ["registration"]),
        ("campaign", "OH", Action.CONTRIBUTE, ["contacts"], ["contacts"]),
        ("committee", "NC", Action.READ, ["registration"], ["registration"]),
        (
            "committee",
            "NC",
            Action.COUNT,
            ["registration", "vote_history"],
            ["vote_history"],
        ),
        ("outside_group", "OH", Action.EXPORT, ["contacts"], ["contacts"]),
        ("ohio", "NC", Action.COUNT, ["registration"], ["registration"]),
        ("stranger", "TX", Action.COUNT, [], []),
    ],
)
def test_what_no_grant_covers_is_named(
    cast: Cast, who: str, state: str, action: Action, groups: list[str], missing: Any
) -> None:
    with pytest.raises(Denied) as caught:
        licensed(getattr(cast, who), state, action, *groups)
    assert caught.value.code == "not_licensed"
    assert caught.value.extra == {
        "state": state,
        "action": action.value,
        "groups": missing,
    }


def test_a_state_that_does_not_exist(cast: Cast) -> None:
    with pytest.raises(NotFound):
        licensed(cast.campaign, "ZZ", Action.READ)


def test_groups_may_come_from_several_grants(cast: Cast) -> None:
    grant("OH", cast.ohio, cast.stranger, groups=["registration"], actions=["read"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        groups=["vote_history"],
        actions=["read"],
        counties=[39049],
    )
    found = licensed(cast.stranger, "OH", Action.READ, "registration", "vote_history")
    assert (len(found.grants), found.whole_state) == (2, False)
    with acting_as(cast.stranger, Action.READ):
        groups = licensed_groups(cast.stranger, "OH", Action.READ)
        assert licensed_groups(cast.stranger, "OH", Action.EXPORT) == frozenset()
    assert groups == frozenset({"registration", "vote_history"})


def test_a_scope_of_several_states(cast: Cast) -> None:
    with acting_as(cast.committee, Action.COUNT):
        scope = licensed_scope(
            cast.committee, ["OH", "NC"], Action.COUNT, ["registration"]
        )
        assert set(scope.states) == {"OH", "NC"}
        with pytest.raises(Denied, match="NC"):
            licensed_scope(cast.committee, ["OH", "NC"], Action.COUNT, ["vote_history"])


def test_without_guardians_permission_the_terms_alone_do_not_do(cast: Cast) -> None:
    with acting_as(cast.campaign, Action.MANAGE):
        group = Organization.objects.get(id=cast.campaign.organization).group
        removed, _ = StateGroupObjectPermission.objects.filter(
            group=group, permission__codename="read_voters"
        ).delete()
    assert removed == 1
    with pytest.raises(Denied, match="not_licensed"):
        licensed(cast.campaign, "OH", Action.READ, "registration")
    assert licensed(cast.campaign, "OH", Action.EXPORT, "registration").grants


def test_without_terms_guardians_permission_alone_does_not_do(cast: Cast) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"])
    with acting_as(cast.ohio, Action.MANAGE):
        # A suspension that left the mirror behind.
        Grant.objects.filter(id=made.id).update(status="suspended")
        mirrored = StateGroupObjectPermission.objects.filter(content_object="OH")
        assert mirrored.exists()
    with pytest.raises(Denied, match="not_licensed"):
        licensed(cast.stranger, "OH", Action.READ, "registration")


def test_grants_in_force_are_active_and_within_their_dates(cast: Cast) -> None:
    soon = timezone.now() + dt.timedelta(days=1)
    grant("OH", cast.ohio, cast.stranger, actions=["read"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        starts_at=soon,
        ends_at=soon + dt.timedelta(days=1),
    )
    with acting_as(cast.stranger, Action.MANAGE):
        assert grants_in_force_of(cast.stranger).count() == 1
        assert grants_in_force_of(cast.stranger, states=["NC"]).count() == 0


def test_what_an_access_rests_on_is_told_in_a_scope_and_of_oneself_alone(
    cast: Cast,
) -> None:
    asked = "SELECT owner, permissions, grants FROM sec.held_in('OH', %s, now())"
    with (
        pytest.raises(DatabaseError, match="no scope is open"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(asked, [cast.campaign.organization])
    with acting_as(cast.stranger, Action.READ), connection.cursor() as cursor:
        cursor.execute(asked, [cast.campaign.organization])
        assert cursor.fetchone() == (cast.ohio.organization, [], "[]")
    with acting_as(cast.campaign, Action.READ), connection.cursor() as cursor:
        cursor.execute(asked, [cast.campaign.organization])
        _, permissions, grants = cursor.fetchone()
    assert "read_voters" in permissions
    assert "registration" in grants


# Caps


def obtain(actor: Actor, voters: list[UUID], *groups: str) -> None:
    with acting_as(actor, Action.READ):
        note_voters(
            by=actor,
            state="OH",
            voters=voters,
            groups=groups or ("registration",),
            action=Action.READ,
        )


def used(actor: Actor, made: Grant) -> int:
    with acting_as(actor, Action.MANAGE):
        return sum(count for _, count in cap_use(made.lineage))


def capped(cast: Cast, cap: int = 10, **terms: Any) -> Grant:
    values: dict[str, Any] = {"actions": ["read"], "cap_voters_month": cap} | terms
    return grant("OH", cast.ohio, cast.stranger, **values)


def test_a_voter_counts_once_a_month_however_often_obtained(cast: Cast) -> None:
    made = capped(cast)
    obtain(cast.stranger, cast.places[1][:6])
    obtain(cast.stranger, cast.places[1][:6])
    obtain(cast.stranger, cast.places[1][3:10])
    assert used(cast.stranger, made) == used(cast.ohio, made) == 10
    assert used(cast.rival, made) == 0, "nobody else's business"


def test_over_the_cap_nothing_is_handed_out_and_nothing_noted(cast: Cast) -> None:
    made = capped(cast)
    obtain(cast.stranger, cast.places[1][:8])
    with pytest.raises(Denied) as caught:
        obtain(cast.stranger, cast.places[1][5:11])
    assert caught.value.code == "cap_reached"
    extra = caught.value.extra
    assert (extra["cap"], extra["used"], extra["grant"]) == (10, 8, str(made.id))
    assert extra["resets_at"].endswith("-01T00:00:00+00:00")
    assert used(cast.stranger, made) == 8
    obtain(cast.stranger, cast.places[1][:10])


def test_a_cap_counts_only_what_its_grant_covers(cast: Cast) -> None:
    third = capped(cast, us_house_districts=["3"])
    fifteenth = capped(cast, us_house_districts=["15"])
    obtain(cast.stranger, cast.places[1][:4] + cast.places[2][:3] + [uuid4()])
    assert (used(cast.ohio, third), used(cast.ohio, fifteenth)) == (4, 3)


def test_an_uncapped_grant_for_the_same_voters_makes_the_capped_one_needless(
    cast: Cast,
) -> None:
    made = capped(cast, cap=2, groups=["registration", "vote_history"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration"],
        us_house_districts=["3"],
    )
    obtain(cast.stranger, cast.places[1])
    assert used(cast.ohio, made) == 0
    with pytest.raises(Denied, match="cap_reached"):
        obtain(cast.stranger, cast.places[1], "registration", "vote_history")
    with pytest.raises(Denied, match="cap_reached"):
        obtain(cast.stranger, cast.places[2])


def test_use_carries_over_to_a_successor(cast: Cast) -> None:
    first = capped(cast, groups=["registration"])
    obtain(cast.stranger, cast.places[1][:8])
    terms = terms_of(first)
    successor = actions.offer_grant(
        state="OH",
        grantee=cast.stranger.organization,
        terms=terms,
        supersedes=first.id,
        by=cast.ohio,
    )
    actions.accept_grant(grant=successor.id, by=cast.stranger)
    with pytest.raises(Denied, match="cap_reached"):
        obtain(cast.stranger, cast.places[2][:3])
    assert used(cast.ohio, successor) == 8


def test_owners_and_uncapped_holders_use_up_nothing(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        uncapped = Grant.objects.get(
            state="OH", grantee=cast.committee.organization, cap_voters_month=None
        )
    obtain(cast.ohio, cast.places[1])
    obtain(cast.committee, cast.places[1])
    obtain(cast.stranger, cast.places[1])
    assert used(cast.ohio, uncapped) == 0
    made = capped(cast)
    obtain(cast.stranger, [])
    assert used(cast.ohio, made) == 0, "what went before the cap does not count"
    obtain(cast.stranger, cast.places[1][:1])
    assert (used(cast.ohio, made), used(cast.ohio, uncapped)) == (1, 0)


def test_voters_are_noted_in_the_scope_that_read_them(cast: Cast) -> None:
    for other in (
        {"by": cast.rival, "action": Action.READ},
        {"by": cast.campaign, "action": Action.EXPORT},
    ):
        with (
            pytest.raises(RuntimeError),
            acting_as(cast.campaign, Action.READ),
            transaction.atomic(),
        ):
            note_voters(state="OH", voters=[uuid4()], groups=[], **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("today", "then"),
    [
        ((2026, 11, 22), (2026, 12)),
        ((2026, 12, 31), (2027, 1)),
        ((2026, 1, 1), (2026, 2)),
    ],
)
def test_caps_start_anew_on_the_first(today: Any, then: Any) -> None:
    assert next_month(dt.date(*today)) == dt.datetime(
        then[0], then[1], 1, tzinfo=dt.UTC
    )
