"""The named cast that tests play with: who they are, what they were granted, whom they may see.

It is built once into the template database (through the house's own actions where there
are any) and found again by name. All people are invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connections
from django.utils import timezone

from coop.actors import OPERATOR, Action, Actor, Permission, PrincipalKind
from coop.db.scope import acting_as
from coop.grants.actions import accept_grant
from coop.grants.models import Grant
from coop.jurisdictions.actions import open_state
from coop.jurisdictions.models import StatePolicy
from coop.organizations.actions import found_organization
from coop.organizations.models import (
    Member,
    Organization,
    OrganizationKind as Kind,
    Person,
    Role,
)
from states.fields.codes import BALLOT_STATUSES

NAMES: Final = {
    "ohio": ("Ohio State Party", Kind.STATE_PARTY),
    "carolina": ("North Carolina State Party", Kind.STATE_PARTY),
    "committee": ("National Committee", Kind.NATIONAL_COMMITTEE),
    "campaign": ("Campaign for Ohio Three", Kind.CAMPAIGN),
    "rival": ("Campaign for Ohio Fifteen", Kind.CAMPAIGN),
    "outside_group": ("Doors and Phones", Kind.OUTSIDE_GROUP),
    "stranger": ("Passing Through", Kind.OUTSIDE_GROUP),
}
ALL_GROUPS: Final = (
    "registration",
    "demographics",
    "contact_details",
    "vote_history",
    "contacts",
)

# place number: state, county, US house, state senate, state house
PLACES: Final = {
    1: ("OH", 39049, "3", "15", "1"),
    2: ("OH", 39049, "15", "16", "11"),
    3: ("OH", 39049, "3", "25", "2"),
    4: ("OH", 39035, "11", "21", "18"),
    5: ("OH", 39061, "1", "9", "24"),
    6: ("NC", 37183, "2", "15", "33"),
    7: ("NC", 37119, "3", "37", "88"),
    8: ("NC", 37063, "4", "20", "29"),
}
VOTERS_A_PLACE: Final = 40
SHIELDED: Final = {"OH": -39, "NC": -37}
ELECTIONS: Final = (
    (1, dt.date(2020, 11, 3), "general"),
    (2, dt.date(2022, 5, 3), "primary"),
    (3, dt.date(2022, 11, 8), "general"),
    (4, dt.date(2024, 3, 19), "primary"),
    (5, dt.date(2024, 11, 5), "general"),
    (6, dt.date(2025, 11, 4), "municipal"),
)

BALLOTS: Final = "2026-11-03 general"
"""The election that every voter of the cast has a ballot of."""


def voter_uuid(state: str, number: int) -> uuid.UUID:
    """Return the id of the cast's voter `number` of a state: the same in every run."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{state}{number}.voters.example.org")


@dataclass(frozen=True)
class Cast:
    """The cast's members, by the names that tests use."""

    ohio: Actor
    carolina: Actor
    committee: Actor
    campaign: Actor
    rival: Actor
    outside_group: Actor
    stranger: Actor

    @property
    def everyone(self) -> dict[str, Actor]:
        """Return all members by name."""
        return {name: getattr(self, name) for name in NAMES}

    @cached_property
    def places(self) -> dict[int, list[uuid.UUID]]:
        """Return the ids of the voters of each place, in the order of their numbers."""
        return {
            place: [voter_uuid(where[0], number) for number in numbers_of(place)]
            for place, where in PLACES.items()
        }


def numbers_of(place: int) -> range:
    """Return the numbers of a place's voters."""
    return range(place * 1000, place * 1000 + VOTERS_A_PLACE)


def load_cast() -> Cast:
    """Find the cast in the database: actors with every permission, as owners have."""
    with acting_as(OPERATOR, Action.OPERATE):
        found = dict(Organization.objects.values_list("name", "id"))
    return Cast(**{key: actor_of(found[name]) for key, (name, _) in NAMES.items()})


def actor_of(organization: uuid.UUID) -> Actor:
    """Return a person of an organization who may do all that its role could allow."""
    principal = uuid.uuid5(organization, "owner")
    return Actor(organization, principal, PrincipalKind.PERSON, frozenset(Permission))


def build_cast() -> None:
    """Found the organizations, open two states, publish their voters, make the grants."""
    for name, kind in NAMES.values():
        found_organization(kind=kind, name=name, by=OPERATOR)
    cast = load_cast()
    for name, actor in cast.everyone.items():
        enroll(name, actor)
    open_state(code="OH", owner=cast.ohio.organization, by=OPERATOR)
    open_state(code="NC", owner=cast.carolina.organization, by=OPERATOR)
    for state, owner in (("OH", cast.ohio), ("NC", cast.carolina)):
        _review(state, owner)
    publish_voters()
    _license(cast)


def enroll(name: str, owner: Actor) -> None:
    """Make an actor of the cast the person that it stands for."""
    person = Person(id=owner.principal, email=f"{name}@example.org", name=name.title())
    person.set_unusable_password()
    person.save(force_insert=True)
    with acting_as(owner, Action.MANAGE):
        Member(
            organization_id=owner.organization,
            person=person,
            role=Role.OWNER,
            added_at=timezone.now(),
        ).save(force_insert=True)


def _license(cast: Cast) -> None:
    """Make the grants that most tests start from."""
    grant("OH", cast.ohio, cast.committee, actions=["count", "read", "export"])
    grant(
        "NC",
        cast.carolina,
        cast.committee,
        actions=["count"],
        groups=["registration", "demographics"],
    )
    grant(
        "OH",
        cast.ohio,
        cast.campaign,
        actions=["count", "read", "export"],
        us_house_districts=["3"],
    )
    grant(
        "OH",
        cast.ohio,
        cast.rival,
        actions=["count", "read", "export", "contribute"],
        us_house_districts=["15"],
        pool="held",
    )
    grant(
        "OH",
        cast.ohio,
        cast.outside_group,
        actions=["count", "read", "contribute"],
        groups=["registration", "contacts"],
        pool="at_once",
    )


def _review(state: str, owner: Actor) -> None:
    with acting_as(owner, Action.MANAGE):
        StatePolicy(
            state_id=state,
            purposes=["election", "political"],
            recipients=[kind.value for kind in Kind],
            resharing=True,
            reviewed_at=timezone.now(),
            reviewed_by=owner.principal,
        ).save(force_insert=True)


def grant(state: str, owner: Actor, grantee: Actor, **terms: Any) -> Grant:
    """Make an active grant: whole state and every group unless the terms say otherwise."""
    now = timezone.now() - dt.timedelta(minutes=1)
    parts = (
        "counties",
        "us_house_districts",
        "state_senate_districts",
        "state_house_districts",
    )
    values: dict[str, Any] = {
        "groups": list(ALL_GROUPS),
        "whole_state": not any(terms.get(part) for part in parts),
        "purpose": "election",
        "starts_at": now,
        "ends_at": now + dt.timedelta(days=365),
    }
    made = Grant(
        state_id=state,
        owner=owner.organization,
        grantee=grantee.organization,
        status="offered",
        created_at=now,
        changed_at=now,
        **(values | terms),
    )
    made.lineage = made.id
    with acting_as(owner, Action.MANAGE):
        made.save(force_insert=True)
    return accept_grant(grant=made.id, by=grantee)


def publish_voters() -> None:
    """Write the cast's voters as the publisher does; every tenth is inactive."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for place, row in PLACES.items():
            cursor.execute(
                "INSERT INTO jurisdictions_place VALUES (%s, %s, %s, %s, %s, %s)",
                [row[0], place, *row[1:]],
            )
        cursor.execute(
            "SELECT nextval('jurisdictions_place_number') FROM generate_series(1, 1000)"
        )
        for state, place in SHIELDED.items():
            cursor.execute(
                "INSERT INTO jurisdictions_place (state, place) VALUES (%s, %s)",
                [state, place],
            )
            cursor.execute(
                "INSERT INTO voters_publication (state, number, import_id, file_date) VALUES (%s, 1, %s, '2026-11-01')",
                [state, uuid.uuid4()],
            )
            cursor.execute(
                "INSERT INTO voters_ballotelection VALUES (%s, %s)", [state, BALLOTS]
            )
            for election in ELECTIONS:
                cursor.execute(
                    "INSERT INTO voters_election VALUES (%s, %s, %s, %s)",
                    [state, *election],
                )
        for place in PLACES:
            for number in numbers_of(place):
                _publish_voter(cursor, place, number)
        for number, why in ((1, "confidential"), (2, "gone")):
            for state in SHIELDED:
                _publish_voter(cursor, 1 if state == "OH" else 6, number, why)
        cursor.execute("RESET ROLE")


def _publish_voter(
    cursor: Any, place: int, number: int, shielded: str | None = None
) -> None:
    invented = random.Random(number)
    state, county, house, senate, lower = PLACES[place]
    key = {
        "state": state,
        "voter": voter_uuid(state, number),
        "place": SHIELDED[state] if shielded else place,
    }
    born = dt.date(
        1930 + invented.randrange(78),
        invented.randrange(1, 13),
        invented.randrange(1, 28),
    )
    voted = sorted(invented.sample(range(1, 7), invented.randrange(6)))
    _insert(
        cursor,
        "voters_registration",
        key
        | {
            "shielded": shielded,
            "publication": 1,
            "fingerprint": hashlib.sha256(str(number).encode()).digest(),
            "state_voter_id": f"{state}{number:011d}",
            "county_voter_id": str(number),
            "first_name": invented.choice(
                ["ADA", "BELA", "CLEO", "DORA", "EMIL", "FINN"]
            ),
            "last_name": invented.choice(
                ["SMITH", "SMYTHE", "O'NEIL", "GARCIA", "NGUYEN", "MÜLLER"]
            ),
            "status": "inactive" if number % 10 == 9 else "active",
            "registration_date": dt.date(2000 + number % 24, 1 + number % 12, 1),
            "party": invented.choice(["D", "R", "N", None]),
            "county": county,
            "precinct_code": f"P{number % 4}",
            "us_house_district": house,
            "state_senate_district": senate,
            "state_house_district": lower,
            "res_address": f"{number % 97 + 1} ELM ST",
            "res_city": "EXAMPLE",
            "res_state": state,
            "res_zip5": f"4300{place}",
        },
    )
    _insert(
        cursor,
        "voters_demographics",
        key
        | {
            "birth_date": born if state == "OH" else None,
            "birth_year": born.year,
            "gender": invented.choice(["F", "M", "U"]),
            "race": invented.choice(["white", "black", None]),
        },
    )
    _insert(
        cursor,
        "voters_contactdetails",
        key
        | {
            "phone": f"+1614555{number % 100 + 100:04d}" if number % 3 else None,
            "email": f"voter{number}@example.org" if number % 5 == 0 else None,
        },
    )
    _insert(
        cursor,
        "voters_votehistory",
        key
        | {
            "elections": voted,
            "methods": ["election_day"] * len(voted),
            "parties": [""] * len(voted),
            "last_voted_date": ELECTIONS[voted[-1] - 1][1] if voted else None,
        },
    )

    status = BALLOT_STATUSES[number % len(BALLOT_STATUSES)]
    day = dt.date(2026, 10, 1 + number % 28)
    ballot = {"ballot_election": BALLOTS, "ballot_status": status, "ballot_date": day}
    _insert(cursor, "voters_ballot", key | ballot | {f"{status}_on": day})


def _insert(cursor: Any, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    cursor.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())
    )
