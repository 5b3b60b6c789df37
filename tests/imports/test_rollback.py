"""Going back: everything is as it was then, save who is protected; nothing else is touched."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from django.db import DatabaseError, connections, transaction

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.canvass.models import Contact
from states.imports.actions import order_rollback, publish_import
from states.imports.lease import LOADER
from states.imports.models import Import, Status
from states.imports.work import run_imports
from states.voters.models import (
    ContactDetails,
    Demographics,
    Publication,
    Registration,
    VoteHistory,
)
from tests.canvass.pushes import body, contacts_seen, push_and_apply
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    GENERAL,
    import_voters,
    people,
    person,
    registration,
    seen,
    vote,
)

TABLES = (Registration, Demographics, ContactDetails, VoteHistory)
Rows = dict[str, list[dict[str, Any]]]


def rows(who: Cast) -> Rows:
    """Return every voter's rows by identifier, without the number of the publication."""
    found: Rows = {}
    with acting_as(who.ohio, Action.READ):
        names = dict(
            Registration.objects.filter(state="OH").values_list(
                "voter", "state_voter_id"
            )
        )
        for table in TABLES:
            for read in table.objects.filter(state="OH").values():
                row = cast("dict[str, Any]", read)
                row.pop("publication", None)
                if "fingerprint" in row:
                    row["fingerprint"] = bytes(row["fingerprint"])
                found.setdefault(names[row["voter"]], []).append(row)
    return found


def number(n: int) -> str:
    return f"OH{n:011d}"


def roll_back(cast: Cast, to: int) -> Import:
    run = order_rollback(state="OH", to=to, reason="A cut file.", by=cast.ohio)
    run_imports()
    return seen(cast.ohio, run)


def changed_week(chosen: random.Random) -> list[dict[str, Any]]:
    """Return a second file: some changed, moved, newly confidential or gone, and some new."""
    voters = []
    for n in range(1, 121):
        kind = chosen.choice(
            ["same"] * 4 + ["name", "moved", "hidden", "gone", "votes"]
        )
        changes: dict[str, dict[str, Any]] = {
            "name": {"last_name": "NEWNAME", "res_address": None},
            "moved": {"county": CUYAHOGA if n % 2 else FRANKLIN},
            "hidden": {"confidential": True},
            "votes": {"history": [vote(GENERAL, "general", "R")]},
        }
        if kind != "gone":
            voters.append(person(n, **changes.get(kind, {})))
    return voters + people(range(121, 131))


@pytest.mark.parametrize("seed", [1, 2])
def test_back_to_the_first_file_is_the_first_file_save_the_protected(
    ohio: Cast, seed: int
) -> None:
    import_voters(ohio.ohio, people(range(1, 121)))
    then = rows(ohio)
    run = import_voters(ohio.ohio, changed_week(random.Random(seed)), review=True)
    publish_import(import_id=run.id, by=ohio.ohio)
    run_imports()
    between = rows(ohio)
    protected = {
        one for one in then if between[one][0]["shielded"] in {"gone", "confidential"}
    }
    back = roll_back(ohio, 1)
    assert back.status == Status.PUBLISHED, back.problem
    now = rows(ohio)
    for one in then:
        assert now[one] == (between if one in protected else then)[one], one
    new = now.keys() - then.keys()
    assert len(new) == 10
    assert {now[one][0]["shielded"] for one in new} == {"gone"}
    assert {row["place"] for one in new for row in now[one]} == {-39}
    assert back.figures["protected"] == len(protected)
    assert back.figures["gone"] == 10
    again = import_voters(ohio.ohio, people(range(1, 121)), review=True)
    publish_import(import_id=again.id, by=ohio.ohio)
    run_imports()
    assert again.figures["changed"] + again.figures["returned"] == len(protected)
    restored = rows(ohio)
    assert {one: restored[one] for one in then} == then


def test_contacts_ids_and_licensees_see_the_right_people(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    stays, moves = registration(ohio, 1), registration(ohio, 3)
    push_and_apply(ohio.outside_group, body(stays.voter), body(moves.voter))
    import_voters(
        ohio.ohio,
        [person(3, county=CUYAHOGA), *people(range(5, 41)), person(1), person(41)],
    )
    new = registration(ohio, 41)
    push_and_apply(ohio.outside_group, body(new.voter))
    before = contact_places(ohio)
    run = roll_back(ohio, 1)
    assert contacts_seen(ohio.ohio) == 3
    assert registration(ohio, 3).place == moves.place
    after = contact_places(ohio)
    assert after == before | {moves.voter: moves.place, new.voter: -39}
    with acting_as(ohio.committee, Action.READ):
        seen_now = Registration.objects.filter(state="OH")
        assert not seen_now.filter(voter=new.voter).exists()
        assert seen_now.count() == 38
    assert run.publication == 3
    import_voters(ohio.ohio, people(range(1, 42)))
    back = registration(ohio, 41)
    assert (back.voter, back.shielded) == (new.voter, None)
    assert contact_places(ohio)[new.voter] == back.place


def contact_places(cast: Cast) -> dict[Any, int]:
    with acting_as(cast.ohio, Action.READ):
        return dict(Contact.objects.filter(state="OH").values_list("voter", "place"))


def test_back_over_several_publications_and_back_again(ohio: Cast) -> None:
    for name in ("ONE", "TWO", "THREE"):
        import_voters(ohio.ohio, [person(1, last_name=name), *people(range(2, 21))])
    roll_back(ohio, 1)
    assert registration(ohio, 1).last_name == "ONE"
    roll_back(ohio, 3)
    assert registration(ohio, 1).last_name == "THREE"
    with acting_as(ohio.ohio, Action.READ):
        newest = Publication.objects.filter(state="OH").order_by("-number")[0]
    assert (newest.number, newest.figures["rolled_back_to"]) == (5, 3)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute("SELECT DISTINCT publication FROM imports_reverse ORDER BY 1")
        assert cursor.fetchall() == [(3,), (4,), (5,)]
        cursor.execute("RESET ROLE")


def test_over_the_api_with_reason_ledger_and_feed(
    ohio: Cast, client_of: ClientOf
) -> None:
    for _ in range(2):
        import_voters(ohio.ohio, people(range(1, 11)))
    client, where = client_of(ohio.ohio), "/v1/states/OH/rollback"
    for given, code in (
        ({"to": 1, "reason": " "}, "invalid"),
        ({"to": 2, "reason": "x"}, "rollback_not_kept"),
        ({"to": 9, "reason": "x"}, "rollback_not_kept"),
    ):
        assert client.post(where, given, format="json").json()["code"] == code
    for name, actor in ohio.everyone.items():
        if name != "ohio":
            given = {"to": 1, "reason": "x"}
            refused = client_of(actor).post(where, given, format="json")
            assert refused.status_code == 404
    answer = client.post(where, {"to": 1, "reason": "Cut."}, format="json")
    assert answer.status_code == 202, answer.content
    assert answer.json()["rolls_back_to"] == 1
    run_imports()
    done = client.get(answer.headers["Location"]).json()
    assert (done["status"], done["publication"]) == ("published", 3)
    with acting_as(ohio.ohio, Action.MANAGE):
        events = Entry.objects.filter(event__startswith="imports:rollback").order_by(
            "at"
        )
        assert [one.event for one in events] == [
            "imports:rollback:ordered",
            "imports:rollback:published",
        ]
        assert events[0].detail == {"from": 2, "to": 1, "reason": "Cut."}
    changes = client.get("/v1/changes", {"state": "OH"}).json()["results"]
    assert changes[-1]["kind"] == "publication"


def test_a_publication_in_between_ends_the_rollback_and_changes_nothing(
    ohio: Cast,
) -> None:
    for name in ("ONE", "TWO"):
        import_voters(ohio.ohio, [person(1, last_name=name), *people(range(2, 11))])
    held = import_voters(ohio.ohio, people(range(1, 11)), review=True)
    run = order_rollback(state="OH", to=1, reason="x", by=ohio.ohio)
    publish_import(import_id=held.id, by=ohio.ohio)
    run_imports()
    told = seen(ohio.ohio, run)
    assert told.status == Status.FAILED
    assert told.problem
    assert told.problem["code"] == "publication_moved_on"
    assert registration(ohio, 1).publication == 3


def test_nobody_reads_what_was_or_rolls_back_by_sql(ohio: Cast) -> None:
    for _ in range(2):
        import_voters(ohio.ohio, people(range(1, 11)))
    run = order_rollback(state="OH", to=1, reason="x", by=ohio.ohio)
    for alias in ("default", LOADER):
        with acting_as(ohio.ohio, Action.IMPORT, using=alias):
            refused(alias, "SELECT * FROM imports_reverse")
            refused(alias, "DELETE FROM imports_reverse")
    other = worker_for(ohio.carolina.organization)
    with acting_as(other, Action.IMPORT, using=LOADER):
        refused(LOADER, f"SELECT sec.roll_back('{run.id}', '')")
    with acting_as(WORKER, Action.WORK, using=LOADER):
        refused(LOADER, f"SELECT sec.roll_back('{run.id}', '')")
    with acting_as(ohio.ohio, Action.IMPORT, using=LOADER):
        refused(LOADER, f"SELECT sec.roll_back('{run.id}', '')")
        refused(LOADER, "SELECT sec.keep_reverse('OH', 9, 'SELECT 1')")
    with acting_as(ohio.ohio, Action.IMPORT):
        refused("default", f"SELECT sec.roll_back('{run.id}', '')")


def refused(alias: str, statement: str) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(statement)
