"""Invented Ohio voters and the deliveries made of them, in the state's official layout."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import polars as pl

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.files.actions import enter_file, open_delivery
from states.files.models import Delivery
from states.files.storage import receive
from states.imports.access import import_by_id
from states.imports.actions import order_import
from states.imports.models import Import
from states.imports.work import run_imports
from states.layouts.known import LAYOUTS
from states.layouts.write import write_file
from states.voters.models import Registration
from tests.cast import Cast

GENERAL = dt.date(2024, 11, 5)
PRIMARY = dt.date(2024, 3, 19)
OHIO = LAYOUTS["OH"].variants[0]
FRANKLIN, CUYAHOGA = 39049, 39035
HOUSE = {FRANKLIN: "3", CUYAHOGA: "11"}


def person(number: int, **values: Any) -> dict[str, Any]:
    """Return an invented voter of Ohio; odd ones vote in generals, each third in primaries."""
    county = values.get("county", FRANKLIN if number % 2 else CUYAHOGA)
    votes = []
    if number % 2:
        votes.append(vote(GENERAL, "general"))
    if number % 3 == 0:
        votes.append(vote(PRIMARY, "primary", "D"))
    return {
        "state_voter_id": f"OH{number:011d}",
        "county_voter_id": str(number),
        "first_name": ["ADA", "BELA", "CLEO", "DORA"][number % 4],
        "last_name": f"EXAMPLE{number % 7}",
        "status": "active",
        "registration_date": dt.date(2010, 1 + number % 12, 1),
        "party": "D" if number % 3 == 0 else "N",
        "county": county,
        "precinct_code": "P1",
        "us_house_district": HOUSE[county],
        "state_senate_district": "15",
        "state_house_district": "1",
        "res_address": f"{number} ELM ST",
        "res_city": "EXAMPLE",
        "res_state": "OH",
        "res_zip5": "43004",
        "birth_date": dt.date(1950 + number % 50, 1, 1 + number % 28),
        "confidential": False,
        "history": votes,
    } | values


def vote(date: dt.date, kind: str, party: str | None = None) -> dict[str, Any]:
    """Return a vote as voters' lists of them hold it."""
    return {
        "election_date": date,
        "election_type": kind,
        "method": None,
        "party": party,
    }


def people(numbers: range, **values: Any) -> list[dict[str, Any]]:
    """Return the invented voters of these numbers."""
    return [person(number, **values) for number in numbers]


def ohio_file(voters: list[dict[str, Any]]) -> bytes:
    """Return voters as a file of Ohio's; the confidential are masked, as the state masks them."""
    frame = pl.DataFrame(voters, infer_schema_length=None)
    masked = frame.with_columns(
        res_address=pl.when("confidential")
        .then(pl.lit("XXXXXX"))
        .otherwise("res_address")
    )
    written = io.BytesIO()
    write_file(masked, OHIO, written)
    return written.getvalue()


def deliver(
    by: Actor, files: dict[str, bytes], state: str = "OH", **terms: Any
) -> Delivery:
    """Open a delivery and enter files by name."""
    terms.setdefault("file_date", dt.date(2026, 11, 15))
    delivery = open_delivery(state=state, by=by, **terms)
    for name, content in files.items():
        enter_file(delivery=delivery.id, name=name, stored=receive([content]), by=by)
    return delivery


def import_delivery(by: Actor, delivery: Delivery, *, seconds: float = 60) -> Import:
    """Order an import and work on all that waits; return the import as it is then."""
    run = order_import(delivery=delivery.id, by=by)
    run_imports(seconds)
    return seen(by, run)


def seen(by: Actor, run: Import) -> Import:
    """Return an import as its owner sees it now."""
    with acting_as(by, Action.IMPORT):
        return import_by_id(run.id)


def import_voters(by: Actor, voters: list[dict[str, Any]], **terms: Any) -> Import:
    """Deliver voters in one file and import them."""
    delivery = deliver(by, {"SWVF_1_88.txt": ohio_file(voters)}, **terms)
    return import_delivery(by, delivery)


def registration(cast: Cast, number: int) -> Registration:
    """Return a voter of Ohio by number, as its owner reads it."""
    with acting_as(cast.ohio, Action.READ):
        return Registration.objects.get(state="OH", state_voter_id=f"OH{number:011d}")
