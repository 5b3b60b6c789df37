"""Publishing b over a leaves what publishing b alone leaves, but for the gone; and voters stay who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, given, settings as rules, strategies as st
from pytest_django.plugin import DjangoDbBlocker

from coop.actors import Action
from coop.db.scope import acting_as
from coop.jurisdictions.models import Place
from states.imports.actions import publish_import
from states.imports.models import Import, Status
from states.imports.work import run_imports
from states.voters.models import (
    ContactDetails,
    Demographics,
    Election,
    Registration,
    VoteHistory,
)
from tests.cast import Cast, load_cast
from tests.databases import cloned_database
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    GENERAL,
    PRIMARY,
    deliver,
    import_delivery,
    ohio_file,
    person,
    seen,
    vote,
)

pytestmark = pytest.mark.slow
Values = dict[str, Any]
NUMBERS = range(1, 9)
VOTES = [vote(GENERAL, "general"), vote(PRIMARY, "primary", "D")]
NAMES = [("ADA", "EXAMPLE"), ("ADA", "MARRIED"), ("BELA", "SOMEONE")]
# What the co-op numbers itself.
NOT_THE_VOTERS = {"state", "voter", "publication", "place", "ordinal"}


def voters(number: int) -> st.SearchStrategy[Values | None]:
    """Draw a voter of that number as a delivery has them, or their absence.

    Drawn twice, the same number changes in any field, moves, hides, comes out of hiding,
    goes, returns, or is someone else's number now; a person may have another number.
    """
    drawn = st.fixed_dictionaries(
        {
            "names": st.sampled_from(NAMES),
            "county": st.sampled_from([FRANKLIN, CUYAHOGA]),
            "status": st.sampled_from(["active", "inactive"]),
            "res_address": st.sampled_from(["1 ELM ST", "22 OAK AVE APT 4"]),
            "confidential": st.sampled_from([False, False, False, True]),
            "history": st.lists(st.sampled_from(VOTES), unique_by=repr),
        }
    )
    return st.none() | drawn.map(lambda values: _person(number, values))


def _person(number: int, values: Values) -> Values:
    first, last = values["names"]
    rest = {name: one for name, one in values.items() if name != "names"}
    return person(number, first_name=first, last_name=last, **rest)


# Someone who voted, since a file has a column for each election.
ALWAYS = person(99, history=VOTES)
DELIVERIES = st.tuples(*(voters(number) for number in NUMBERS)).map(
    lambda drawn: [ALWAYS, *(one for one in drawn if one)]
)


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast in one database of this module's, which each delivery finds empty or not as it likes."""
    with django_db_blocker.unblock(), cloned_database("property"):
        yield load_cast()


def empty_ohio() -> None:
    """Forget every voter of Ohio's and all that follows voters, as if none had ever been published."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("RESET ROLE; SET ROLE coop_owner")
        cursor.execute("SELECT name FROM sec.state_table")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"DELETE FROM {table} WHERE state = 'OH'")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def publish(cast: Cast, delivered: list[Values]) -> Import:
    """Publish a delivery, over whatever the guard rails say of so few voters."""
    delivery = deliver(cast.ohio, {"SWVF.txt": ohio_file(delivered)})
    run = import_delivery(cast.ohio, delivery)
    if run.status == Status.READY:
        publish_import(import_id=run.id, by=cast.ohio)
        run_imports()
        run = seen(cast.ohio, run)
    assert run.status == Status.PUBLISHED, run.problem
    return run


def stored(cast: Cast) -> dict[str, Values]:
    """Return all that is stored of each voter, by the state's identifier; numbers told as what they stand for."""
    with acting_as(cast.ohio, Action.READ):
        places = {
            one.place: (one.county, one.us_house_district)
            for one in Place.objects.filter(place__gt=0)
        }
        elections = {
            one.election: (one.date, one.type)
            for one in Election.objects.filter(state="OH")
        }
        found = {}
        for registration in Registration.objects.filter(state="OH"):
            own: Values = {"where": places.get(registration.place, "shielded")}
            for model in (Registration, Demographics, ContactDetails, VoteHistory):
                row = model.objects.get(state="OH", voter=registration.voter)
                assert row.place == registration.place
                own |= {
                    f.attname: getattr(row, f.attname)
                    for f in model._meta.concrete_fields
                    if f.attname not in NOT_THE_VOTERS
                }
            own["elections"] = [elections[one] for one in own["elections"]]
            found[registration.state_voter_id] = own
        return found


def numbers(cast: Cast) -> dict[str, UUID]:
    """Return the co-op's own number of each voter, the gone among them."""
    with acting_as(cast.ohio, Action.READ):
        found = Registration.objects.filter(state="OH")
        return {one.state_voter_id: one.voter for one in found}


def there(found: dict[str, Values]) -> dict[str, Values]:
    return {key: one for key, one in found.items() if one["shielded"] != "gone"}


def differences(one: dict[str, Values], other: dict[str, Values]) -> list[Any]:
    """Return where two states of all voters differ: the voter, the column, both values."""
    return [
        (key, name, one.get(key, {}).get(name), other.get(key, {}).get(name))
        for key in sorted(one.keys() | other.keys())
        for name in sorted(one.get(key, {}).keys() | other.get(key, {}).keys())
        if one.get(key, {}).get(name) != other.get(key, {}).get(name)
    ]


@given(deliveries=st.lists(DELIVERIES, min_size=2, max_size=3))
@rules(
    max_examples=5,
    phases=[Phase.generate],  # shrinking would publish for minutes
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_what_is_published_last_is_what_is_there(
    cast: Cast, deliveries: list[list[Values]]
) -> None:
    empty_ohio()
    known: dict[str, UUID] = {}
    for number, delivered in enumerate(deliveries, start=1):
        before = stored(cast)
        run = publish(cast, delivered)
        assert run.publication == number
        now = numbers(cast)
        assert {key: now[key] for key in known} == known, "once numbered, always"
        assert len(set(now.values())) == len(now)
        known = now
        _check_figures(
            run, before, stored(cast), {one["state_voter_id"] for one in delivered}
        )
    over = stored(cast)
    empty_ohio()
    publish(cast, deliveries[-1])
    alone = stored(cast)
    assert differences(there(over), alone) == []
    assert set(over) - set(alone) == set(known) - {
        one["state_voter_id"] for one in deliveries[-1]
    }


def _check_figures(
    run: Import,
    before: dict[str, Values],
    after: dict[str, Values],
    delivered: set[str],
) -> None:
    """Hold the figures to a comparison of all that was stored with all that is."""
    was = there(before)
    kept = was.keys() & delivered
    changed = [key for key in kept if was[key] != after[key]]
    expected = {
        "inserted": len(delivered - before.keys()),
        "returned": len(delivered & (before.keys() - was.keys())),
        "gone": len(was.keys() - delivered),
        "changed": len(changed),
        "unchanged": len(kept) - len(changed),
        "moved": sum(
            was[key]["where"] != after[key]["where"]
            for key in kept
            if "shielded" not in {was[key]["where"], after[key]["where"]}
        ),
        "confidential": sum(after[key]["shielded"] is not None for key in delivered),
    }
    assert {name: run.figures[name] for name in expected} == expected
    kinds = run.review["kinds"]
    assert kinds["moved_county"] == sum(
        was[key]["county"] != after[key]["county"] for key in kept
    )
    assert kinds["status_changed"] == sum(
        was[key]["status"] != after[key]["status"] for key in kept
    )
