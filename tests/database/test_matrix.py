"""The permission matrix: random grants over random voters, and every surface gives what the oracle says.

The oracle is plain Python on the words of the domain (tests/database/oracle.py); surfaces
are listed in tests/database/surfaces.py, where others add theirs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies as st

from coop.actors import OPERATOR, Action, Actor
from coop.db.scope import acting_as
from coop.errors import Denied
from coop.grants.access import check_licensed
from coop.grants.mirror import mirror_pair
from coop.grants.models import Grant
from coop.jurisdictions.models import State
from coop.organizations.actions import found_organization
from coop.organizations.models import OrganizationKind
from tests.cast import (
    ALL_GROUPS as CAST_GROUPS,
    PLACES,
    SHIELDED,
    Cast,
    actor_of,
    enroll,
    numbers_of,
    voter_uuid,
)
from tests.conftest import CommittedDatabase
from tests.database.list_surfaces import by_county, overlapping
from tests.database.oracle import GRANTED_ACTIONS, Licensed, World, noised, state_of
from tests.database.surfaces import COUNTED, FIGURES, SHUT, SURFACES, TABLES, figures

ALL_GROUPS = (*CAST_GROUPS, "ballots")
HOUR = dt.timedelta(hours=1)
LIVES = {
    "offered": (),
    "withdrawn": (("owner", "withdrawn"),),
    "accepted": (("grantee", "accepted"),),
    "active": (("grantee", "accepted"), ("grantee", "active")),
    "suspended": (
        ("grantee", "accepted"),
        ("grantee", "active"),
        ("owner", "suspended"),
    ),
    "revoked": (("grantee", "accepted"), ("grantee", "active"), ("owner", "revoked")),
}
"""How a grant comes to be in each state of its life, and at whose hand."""


def some(values: Iterable[Any], least: int = 1) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(sorted(values)), min_size=least, max_size=4)


PARTS = {
    "counties": some({row[1] for row in PLACES.values()}),
    "us_house": some({row[2] for row in PLACES.values()}),
    "state_senate": some({row[3] for row in PLACES.values()}),
    "state_house": some({row[4] for row in PLACES.values()}),
}


KINDS = tuple(PARTS)
GEOGRAPHIES = ((), *((kind,) for kind in KINDS), KINDS[:2], KINDS[2:])
"""Which kinds of place a grant names; none: the whole state."""
TIMES = (*[(-HOUR, HOUR)] * 6, (HOUR, 2 * HOUR), (-2 * HOUR, -HOUR))


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """A grant's terms as the oracle has them, its grantee as a number; most are in force."""
    named = draw(st.sampled_from(GEOGRAPHIES))
    parts = {
        kind: draw(PARTS[kind]) if kind in named else frozenset() for kind in KINDS
    }
    start, end = draw(st.sampled_from(TIMES))
    # Whoever starts later cannot be in force yet; the database refuses that step.
    lives = [*["active"] * 8, *LIVES] if start < HOUR else ["offered", "accepted"]
    return {
        "state": draw(st.sampled_from(["OH", "OH", "NC"])),
        "grantee": draw(st.integers(0, 2)),
        "groups": draw(some(ALL_GROUPS, 1)),
        "actions": draw(some(GRANTED_ACTIONS, 1)),
        "whole_state": not any(parts.values()),
        **parts,
        "start": start,
        "end": end,
        "status": draw(st.sampled_from(lives)),
    }


@pytest.fixture
def licensees(committed_db: CommittedDatabase, cast: Cast) -> list[Actor]:
    """Three organizations without a past."""
    made = [
        found_organization(
            kind=OrganizationKind.CAMPAIGN, name=f"Campaign {n}", by=OPERATOR
        )
        for n in range(3)
    ]
    actors = [actor_of(one.id) for one in made]
    for number, actor in enumerate(actors):
        enroll(f"licensee{number}", actor)
    return actors


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    wanted=st.lists(grants(), min_size=4, max_size=8),
    moves=st.dictionaries(
        st.integers(0, 79),
        st.sampled_from([1, 2, 3, 4, 5, SHIELDED["OH"]]),
        max_size=15,
    ),
)
def test_every_surface_gives_what_the_oracle_says(
    committed_db: CommittedDatabase,
    cast: Cast,
    licensees: list[Actor],
    wanted: list[dict[str, Any]],
    moves: dict[int, int],
) -> None:
    world = world_of(cast, moves)
    made = [enact(cast, licensees, world, **terms) for terms in wanted]
    everyone = [*licensees, cast.ohio, cast.carolina, actor_of(uuid4())]
    try:
        for actor in everyone:
            check_surfaces(world, actor)
            check_counts(world, actor)
            check_figures_by_value(world, actor)
            check_second_lock(world, actor)
    finally:
        for grant in made:
            end(cast, grant)


def world_of(cast: Cast, moves: dict[int, int]) -> World:
    """Put every voter where the cast has it, but for the moves, and say where that is."""
    places = {voter: place for place, voters in cast.places.items() for voter in voters}
    movers = [*cast.places[1], *cast.places[2]]
    moved = {movers[number]: place for number, place in moves.items()}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for voter, place in ({v: places[v] for v in movers} | moved).items():
            shielded = "confidential" if place < 0 else None
            cursor.execute(
                "UPDATE voters_registration SET place = %s, shielded = %s "
                "WHERE state = 'OH' AND voter = %s AND place <> %s",
                [place, shielded, voter, place],
            )
            for table in set(TABLES.values()) - {"voters_registration"}:
                cursor.execute(
                    f"UPDATE {table} SET place = %s WHERE state = 'OH' AND voter = %s AND place <> %s",
                    [place, voter, place],
                )
        cursor.execute("SELECT voter, place FROM voters_registration WHERE place < 0")
        hidden: dict[UUID, int] = dict(cursor.fetchall())
        cursor.execute("RESET ROLE")
    owners = {"OH": cast.ohio.organization, "NC": cast.carolina.organization}
    return World(owners, places | moved | hidden)


def enact(cast: Cast, licensees: list[Actor], world: World, **terms: Any) -> Grant:
    """Make a grant and lead it through its life; the oracle is told the same terms."""
    owner = cast.ohio if terms["state"] == "OH" else cast.carolina
    grantee = licensees[terms["grantee"]]
    now = timezone.now()
    start, end_at = now + terms.pop("start"), now + terms.pop("end")
    terms |= {"grantee": grantee.organization, "starts_at": start, "ends_at": end_at}
    made = Grant(
        id=uuid4(),
        state_id=terms["state"],
        owner=owner.organization,
        grantee=grantee.organization,
        status="offered",
        groups=sorted(terms["groups"]),
        actions=sorted(terms["actions"]),
        whole_state=terms["whole_state"],
        counties=sorted(terms["counties"]),
        us_house_districts=sorted(terms["us_house"]),
        state_senate_districts=sorted(terms["state_senate"]),
        state_house_districts=sorted(terms["state_house"]),
        purpose="election",
        starts_at=start,
        ends_at=end_at,
        created_at=now,
        changed_at=now,
    )
    made.lineage = made.id
    if "contribute" in terms["actions"]:
        made.pool = "held"
        terms["groups"] |= {"contacts"}
        made.groups = sorted(terms["groups"])
    with acting_as(owner, Action.MANAGE):
        made.save(force_insert=True)
    for side, status in LIVES[terms["status"]]:
        with acting_as(owner if side == "owner" else grantee, Action.MANAGE):
            assert Grant.objects.filter(id=made.id).update(status=status)
    with acting_as(owner, Action.MANAGE):
        mirror_pair(state=State.objects.get(code=made.state_id), grantee=made.grantee)
    world.grants.append(Licensed(**terms))
    return made


def end(cast: Cast, grant: Grant) -> None:
    """Revoke or withdraw what the example made, so that the next starts without it."""
    owner = cast.ohio if grant.state_id == "OH" else cast.carolina
    with acting_as(owner, Action.MANAGE):
        found = Grant.objects.filter(id=grant.id)
        found.filter(status="offered").update(status="withdrawn")
        found.filter(status__in=["accepted", "active", "suspended"]).update(
            status="revoked"
        )
        mirror_pair(state=State.objects.get(code=grant.state_id), grantee=grant.grantee)


def check_surfaces(world: World, actor: Actor) -> None:
    for surface in SURFACES:
        right = world.voters(actor.organization, surface.action.value, surface.groups)
        if not surface.shows_shielded:
            right = {voter for voter in right if world.places[voter] > 0}
        if surface.within_sight:
            right &= sight(world, actor)
        assert surface.ask(actor) == right, surface.name
    for figure in FIGURES:
        right = world.voters(actor.organization, figure.action.value, figure.groups)
        assert figure.ask(actor) == len(right), figure.name
    for shut in SHUT:
        assert shut.ask(actor) == set(), shut.name


def sight(world: World, actor: Actor) -> set[UUID]:
    """Return the voters whose registration the actor may read or export."""
    reading, exporting = (
        world.voters(actor.organization, action, ["registration"])
        for action in ("read", "export")
    )
    return reading | exporting


def check_counts(world: World, actor: Actor) -> None:
    """A count is exact where what it counts may be read, else within its noise; the shielded are in none."""
    for groups in COUNTED:
        answered = figures(actor, groups=groups)
        for state in world.owners:
            count, exact = answered.get(state, (None, False))
            action = "read" if exact else "count"
            wanted = {*groups, "registration"}
            right = {
                voter
                for voter in world.voters(actor.organization, action, wanted)
                if state_of(world.places[voter]) == state and world.places[voter] > 0
            }
            allowed = {len(right)} if exact else noised(len(right))
            assert count in allowed, (state, groups, exact)


def check_figures_by_value(world: World, actor: Actor) -> None:
    """Cells and overlaps are those of whom the actor may count, exact or within their noise."""
    # A mover of the matrix gets another place, not another county in its row.
    written = {
        voter_uuid(row[0], number): row[1]
        for place, row in PLACES.items()
        for number in numbers_of(place)
    }
    for state, (cells, exact) in by_county(actor).items():
        action = "read" if exact else "count"
        counties = Counter(
            written[voter] for voter in may_be_counted(world, actor, action, state, ())
        )
        if exact:
            assert cells == counties, state
        for county, count in cells.items():
            assert count in noised(counties[county]) | {counties[county]}, state
    for state, (shown, exact) in overlapping(actor, groups=["demographics"]).items():
        action = "read" if exact else "count"
        everyone = may_be_counted(world, actor, action, state, ())
        some = may_be_counted(world, actor, action, state, ["demographics"])
        right = [len(everyone), len(some), len(some)]
        for figure, true in zip(shown, right, strict=True):
            allowed = {true} if exact else noised(true) | {None}
            assert figure in allowed, (state, shown, right)


def may_be_counted(
    world: World, actor: Actor, action: str, state: str, groups: Iterable[str]
) -> set[UUID]:
    """Return the voters of a state whom a count by these groups rests on."""
    return {
        voter
        for voter in world.voters(actor.organization, action, {*groups, "registration"})
        if state_of(world.places[voter]) == state and world.places[voter] > 0
    }


def check_second_lock(world: World, actor: Actor) -> None:
    """Lock 2 lets in whoever may do this anywhere in the state by its terms, and nobody else."""
    now = timezone.now()
    for state, owner in world.owners.items():
        for action in GRANTED_ACTIONS:
            allowed = {
                group
                for group in ALL_GROUPS
                for grant in world.grants
                if grant.grantee == actor.organization
                and grant.state == state
                and grant.allows(action, group, now)
            }
            if owner == actor.organization:
                allowed = set(ALL_GROUPS)
            with acting_as(actor, Action(action)):
                let_in = {g for g in ALL_GROUPS if lets_in(actor, state, action, g)}
            assert let_in == allowed, (state, action)


def lets_in(actor: Actor, state: str, action: str, group: str) -> bool:
    try:
        check_licensed(actor, state, Action(action), [group])
    except Denied:
        return False
    return True
