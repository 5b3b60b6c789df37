"""What the three locks cost: a point lookup, a district's count and a whole state's, with and without them.

    python -m benchmarks.scopes --json [--voters N]

With: the permission is checked, a scope is opened with its signed actor, guardian's
permission and the grants are read, and the statement runs as the application's role under
the policies. Without: the very same statement, in a transaction of its own, as a role that
the policies do not bind. Both run in turn, on one server, and medians are compared. The
`*_statement_*` figures are the policies' share alone: the statement's time in a scope that
is open already, against the same statement's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import django
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

from django.db import connections, transaction  # noqa: E402 - needs the settings
from django.utils import timezone  # noqa: E402

from api.permissions import check_permission  # noqa: E402
from benchmarks.own_database import (  # noqa: E402
    accept,
    fill,
    found,
    license_to,
    open_ohio,
    own_database,
)
from coop.actors import Action, Actor, Permission  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.grants.access import check_licensed  # noqa: E402
from coop.grants.terms import Geography  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.targeting.columns import StateFacts  # noqa: E402
from states.targeting.compile import Universe, count_statement  # noqa: E402
from states.targeting.criteria import read_criteria  # noqa: E402

DEFAULT_VOTERS = 1_000_000
DEMOCRATS = {"field": "party", "op": "eq", "value": "D"}
THIRD = {"field": "us_house_district", "op": "eq", "value": "3"}


@dataclass(frozen=True, slots=True)
class Question:
    """One statement, who asks it under which license, and how often it is timed."""

    name: str
    by: Actor
    statement: str
    rounds: int


@dataclass(frozen=True, slots=True)
class Timed:
    """Medians in milliseconds: all three locks, the policies alone, and neither."""

    locked: float
    statement: float
    bare_call: float
    bare: float


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=DEFAULT_VOTERS)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with own_database():
        figures = measure(options.voters)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:36} {value}\n")
    return 0


def measure(voters: int) -> dict[str, float]:
    """Build the cast and the voters, and return every figure by name."""
    ohio = found("Ohio State Party", OrganizationKind.STATE_PARTY)
    committee = found("National Committee", OrganizationKind.NATIONAL_COMMITTEE)
    campaign = found("Campaign for Ohio Three", OrganizationKind.CAMPAIGN)
    open_ohio(ohio)
    with connections["owner"].cursor() as cursor:
        # The tables' owner is bound only where it is forced to be.
        cursor.execute("ALTER TABLE voters_registration NO FORCE ROW LEVEL SECURITY")
    fill(voters)
    for grantee, geography in (
        (committee, Geography(whole_state=True)),
        (campaign, Geography(us_house_districts=("3",))),
    ):
        accept(license_to(grantee.organization, geography, owner=ohio), by=grantee)
    figures: dict[str, float] = {"voters": voters}
    for question in questions(committee, campaign):
        figures |= figures_of(question.name, timed(question))
    return figures


def questions(whole_state: Actor, district: Actor) -> list[Question]:
    """Return the three statements; each gives the same answer with the locks and without."""
    facts = StateFacts("OH", "last_primary", timezone.now().date(), {})
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT voter FROM voters_registration WHERE state = 'OH' AND place = 41 LIMIT 1"
        )
        (voter,) = cursor.fetchone()
        raw = cursor.connection
        point = sql.SQL(
            "SELECT voter, first_name, last_name, party, county FROM voters_registration"
            " WHERE state = 'OH' AND voter = {}::uuid"
        ).format(sql.Literal(voter))
        counts = [
            count_statement(Universe(read_criteria(one)), facts).as_string(raw)
            for one in (DEMOCRATS, {"all": [DEMOCRATS, THIRD]})
        ]
        return [
            Question("point", whole_state, point.as_string(raw), 400),
            Question("count_whole_state", whole_state, counts[0], 25),
            Question("count_district", district, counts[1], 25),
        ]


def timed(question: Question) -> Timed:
    """Run a statement each way in turn and return the medians; the answers must agree."""
    ways: list[Callable[[], tuple[float, float, object]]] = [
        lambda: _locked(question),
        lambda: _bare(question),
    ]
    answers = [way()[2] for way in ways]
    if answers[0] != answers[1]:
        raise RuntimeError(f"{question.name}: the locks changed the answer: {answers}")
    calls: list[list[tuple[float, float]]] = [[], []]
    for _ in range(question.rounds):
        for way, kept in zip(ways, calls, strict=True):
            whole, statement, _answer = way()
            kept.append((whole, statement))
    locked, bare = calls
    return Timed(
        locked=_median(locked, 0),
        statement=_median(locked, 1),
        bare_call=_median(bare, 0),
        bare=_median(bare, 1),
    )


def figures_of(name: str, one: Timed) -> dict[str, float]:
    """Return a question's ratios and the milliseconds behind them."""
    return {
        f"{name}_ratio": round(one.locked / one.bare_call, 3),
        f"{name}_locked_ms": round(one.locked, 3),
        f"{name}_bare_ms": round(one.bare_call, 3),
        f"{name}_statement_ratio": round(one.statement / one.bare, 3),
        f"{name}_statement_locked_ms": round(one.statement, 3),
        f"{name}_statement_bare_ms": round(one.bare, 3),
    }


def _locked(question: Question) -> tuple[float, float, object]:
    begun = time.perf_counter()
    check_permission(question.by, Permission.VOTERS_READ)
    with acting_as(question.by, Action.READ):
        check_licensed(question.by, "OH", Action.READ, ["registration"])
        statement, answer = _statement(question.statement, "default")
    return _since(begun), statement, answer


def _bare(question: Question) -> tuple[float, float, object]:
    begun = time.perf_counter()
    with transaction.atomic(using="owner"):
        statement, answer = _statement(question.statement, "owner")
    return _since(begun), statement, answer


def _statement(statement: str, using: str) -> tuple[float, object]:
    with connections[using].cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(statement)
        answer = cursor.fetchall()
        return _since(begun), answer


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def _median(calls: list[tuple[float, float]], which: int) -> float:
    return statistics.median(call[which] for call in calls)


if __name__ == "__main__":
    sys.exit(main())
