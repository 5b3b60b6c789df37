"""How well described voters are found: a labeled set of invented people, and what matching makes of it.

    python -m benchmarks.matching --json [--voters N] [--asked N] [--seed S]

People are those of the invented deliveries, with twins, and juniors who bear their seniors'
names at one address, added on purpose; there are 170 last names and 100 first names among
them, so that many share theirs. Each description is drawn from one person and worn: slips of
the finger, nicknames, other addresses, other last names, missing births. A fifth are of people
who are not in the file, most of whom have a relative there. `precision` is the share of right
ones among the matches, `recall` that of the matches among those who are in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import defaultdict
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

from django.db import connections  # noqa: E402 - needs the settings

from benchmarks.labeled_people import (  # noqa: E402
    Label,
    invent_people,
    labeled_descriptions,
)
from benchmarks.own_database import found, open_ohio, own_database  # noqa: E402
from coop.actors import Action, Actor  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.canvass.matching import Outcome, match_voters  # noqa: E402
from states.canvass.references import VoterReference  # noqa: E402

BATCH = 200


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with own_database():
        owner = found("Ohio State Party", OrganizationKind.STATE_PARTY)
        open_ohio(owner)
        figures = measure(owner, options.voters, options.asked, options.seed)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:36} {value}\n")
    return 0


def measure(owner: Actor, voters: int, asked: int, seed: int) -> dict[str, Any]:
    """Publish the people, look for those described, and return every figure by name."""
    drawn = random.Random(seed)  # noqa: S311 - invented people, no secret
    people = invent_people(voters, seed, drawn)
    publish(people)
    labels = labeled_descriptions(people, asked, drawn)
    started = time.perf_counter()
    outcomes = _matched(labels, owner)
    seconds = time.perf_counter() - started
    return {
        "voters": len(people),
        "asked": len(labels),
        "a_second": round(len(labels) / seconds),
    } | judge(labels, outcomes)


def _matched(labels: list[Label], owner: Actor) -> list[tuple[Outcome, UUID | None]]:
    found_: list[tuple[Outcome, UUID | None]] = []
    for start in range(0, len(labels), BATCH):
        part = labels[start : start + BATCH]
        references = [VoterReference("OH", described=one.told) for one in part]
        with acting_as(owner, Action.CONTRIBUTE):
            matches = match_voters(state="OH", references=references, by=owner)
        found_ += [(matches[one].outcome, matches[one].voter) for one in references]
    return found_


def judge(
    labels: list[Label], outcomes: list[tuple[Outcome, UUID | None]]
) -> dict[str, Any]:
    """Return precision and recall, over all and for each kind of wear."""
    tallies: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for label, (outcome, voter) in zip(labels, outcomes, strict=True):
        for name in ("all", label.kind):
            tally = tallies[name]
            tally["present"] += label.voter is not None
            tally["matched"] += outcome is Outcome.MATCH
            tally["right"] += outcome is Outcome.MATCH and voter == label.voter
            tally["ambiguous"] += outcome is Outcome.AMBIGUOUS
    every = tallies.pop("all")
    return {
        "precision": _share(every["right"], every["matched"]),
        "recall": _share(every["right"], every["present"]),
        "ambiguous": every["ambiguous"],
        "wrong": every["matched"] - every["right"],
        "kinds": {
            kind: {
                "asked": sum(one.kind == kind for one in labels),
                "wrong": tally["matched"] - tally["right"],
                "recall": _share(tally["right"], tally["present"]),
            }
            for kind, tally in sorted(tallies.items())
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def publish(people: list[dict[str, Any]]) -> None:
    """Write the people as the publisher does, all in one place."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO jurisdictions_place (state, place, county) VALUES ('OH', 1, 39049)"
        )
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date)"
            " VALUES ('OH', 1, gen_random_uuid(), current_date)"
        )
        for statement in _WRITE:
            cursor.execute(statement, [json.dumps(people)])
        cursor.execute("RESET ROLE")
        for table in ("registration", "demographics", "contactdetails"):
            cursor.execute(f"VACUUM (ANALYZE) voters_{table}")


_ROWS = """ FROM jsonb_to_recordset(%s) AS p(voter uuid, first_name text, middle_name text, last_name text,
    suffix text, birth_date date, address text, zip5 text, phone text, email text)"""
_WRITE = (
    "INSERT INTO voters_registration (state, voter, place, publication, fingerprint, state_voter_id,"
    " first_name, middle_name, last_name, name_suffix, status, county, res_address, res_zip5)"
    " SELECT 'OH', p.voter, 1, 1, '\\x00', p.voter::text, p.first_name, p.middle_name, p.last_name,"
    " p.suffix, 'active', 39049, p.address, p.zip5" + _ROWS,
    "INSERT INTO voters_demographics (state, voter, place, birth_date, birth_year)"  # noqa: S608 - constants
    " SELECT 'OH', p.voter, 1, p.birth_date, extract(year FROM p.birth_date)" + _ROWS,
    "INSERT INTO voters_contactdetails (state, voter, place, phone, email)"
    " SELECT 'OH', p.voter, 1, p.phone, p.email" + _ROWS,
)

if __name__ == "__main__":
    raise SystemExit(main())
