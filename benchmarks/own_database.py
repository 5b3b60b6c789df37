"""A database of a benchmark's own: migrated, filled by SQL, dropped afterwards, on the server that the settings name."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from psycopg import connect, sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from coop.actors import (
    OPERATOR,
    Action,
    Actor,
    Permission,
    PrincipalKind,
    worker_for,
)
from coop.db.roles import create_roles, grant_in_database
from coop.db.scope import acting_as
from coop.embedded import ensure_running
from coop.grants.actions import accept_grant, offer_grant
from coop.grants.terms import Geography, Terms
from coop.jurisdictions.actions import open_state, review_policy
from coop.organizations.actions import found_organization
from coop.organizations.models import OrganizationKind
from states.facets.building import Built, build_facets

DROP_TRIES = 60
DISTRICTS = 15
PLACES_A_DISTRICT = 20
FILL = """
INSERT INTO voters_registration
    (state, voter, place, publication, ordinal, fingerprint, state_voter_id, first_name, last_name,
     status, registration_date, party, county, us_house_district, res_address, res_city,
     res_state, res_zip5)
SELECT 'OH', gen_random_uuid(), (1 + (n * 7919) % {places})::integer, 1, ordinal, '\\x00', 'OH' || lpad(n::text, 10, '0'),
       'FIRST' || n % 997, 'LAST' || n % 9973,
       CASE WHEN n % 10 = 0 THEN 'inactive' ELSE 'active' END,
       date '2000-01-01' + (n % 9000)::integer, (ARRAY['D', 'R', 'N', NULL])[(1 + n % 4)::integer],
       39001 + 2 * ((n * 7919) % {places} % 88)::integer,
       (1 + (n * 7919) % {places} / {parts})::text, n % 9999 || ' ELM ST', 'EXAMPLE', 'OH',
       (43000 + n % 900)::text
FROM (SELECT n, row_number() OVER (ORDER BY (n * 7919) % {places}, n) AS ordinal
      FROM generate_series(1::bigint, {voters}) AS n) AS numbered
"""


@contextmanager
def own_database() -> Iterator[str]:
    """Make a migrated database and point every alias at it; drop it afterwards. Yields its name."""
    ensure_running()
    create_roles()
    settings.DEBUG = False  # which would keep every statement's text
    name = f"coop_benchmark_{os.getpid()}"
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    _administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        with connect(_conninfo(name), autocommit=True) as owner:
            grant_in_database(owner)
        _point(dict.fromkeys(before, name))
        call_command("migrate", verbosity=0)
        yield name
    finally:
        _point(before)
        _drop(name)


def found(name: str, kind: OrganizationKind) -> Actor:
    """Found an organization and return someone who may do everything for it."""
    made = found_organization(kind=kind, name=name, by=OPERATOR).id
    permissions = frozenset(Permission)
    return Actor(made, uuid5(made, "owner"), PrincipalKind.PERSON, permissions)


def open_ohio(owner: Actor) -> None:
    """Open Ohio for its party, with a policy that allows sharing."""
    open_state(code="OH", owner=owner.organization, by=OPERATOR)
    review_policy(
        state="OH",
        purposes=["election"],
        recipients=[kind.value for kind in OrganizationKind],
        resharing=True,
        by=owner,
    )


def license_to(grantee: UUID, geography: Geography, *, owner: Actor) -> UUID:
    """Offer a grant of the registration; return its id."""
    now = timezone.now()
    terms = Terms(
        groups=("registration",),
        actions=("count", "read", "export"),
        geography=geography,
        purpose="election",
        starts_at=now - dt.timedelta(minutes=1),
        ends_at=now + dt.timedelta(days=1),
    )
    return offer_grant(state="OH", grantee=grantee, terms=terms, by=owner).id


def accept(grant: UUID, *, by: Actor) -> None:
    """Accept an offered grant, which makes it active."""
    accept_grant(grant=grant, attested=True, by=by)


def fill(voters: int) -> None:
    """Publish invented voters of Ohio, spread over 300 places in 15 districts."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO jurisdictions_place (state, place, county, us_house_district, state_house_district)"
            " SELECT 'OH', p, 39001 + 2 * (p %% 88), (1 + (p - 1) / %s)::text, p::text"
            " FROM generate_series(1, %s) AS p",
            [PLACES_A_DISTRICT, DISTRICTS * PLACES_A_DISTRICT],
        )
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date)"
            " VALUES ('OH', 1, gen_random_uuid(), current_date)"
        )
        figures = {
            "voters": voters,
            "places": DISTRICTS * PLACES_A_DISTRICT,
            "parts": PLACES_A_DISTRICT,
        }
        filled = sql.SQL(FILL).format(**{k: sql.Literal(v) for k, v in figures.items()})
        cursor.execute(filled.as_string(cursor.connection))
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM (ANALYZE) voters_registration")


def build_bitmaps(owner: Actor) -> Built:
    """Build the bitmaps of Ohio's voters, as each publication of a file does."""
    worker = worker_for(owner.organization)
    with acting_as(worker, Action.IMPORT, using="loader"):
        built = build_facets("OH", uuid4(), whole=True)
    if built is None:
        raise RuntimeError("nothing was built")
    return built


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _conninfo(name: str) -> str:
    return make_conninfo(settings.MIGRATE_DATABASE_URL, dbname=name)


def _drop(name: str) -> None:
    """Drop the database; the server's own vacuum, which we may not end, is waited for."""
    words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    for _ in range(DROP_TRIES):
        try:
            _administer(words.format(sql.Identifier(name)))
        except InsufficientPrivilege:
            time.sleep(1)
        else:
            return
    _administer(words.format(sql.Identifier(name)))


def _administer(statement: sql.Composed) -> None:
    with connect(_conninfo("postgres"), autocommit=True) as server:
        server.execute(statement)
