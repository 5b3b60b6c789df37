"""What publications changed, as lines: to whom, how they end, and what they do not tell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, connections, transaction
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.grants.actions import suspend_grant
from coop.grants.models import Grant
from coop.ledger.models import Entry
from coop.organizations.models import Credential
from states.feeds import differences
from tests.canvass.pushes import revoke
from tests.cast import Cast, grant
from tests.grants.conftest import ClientOf, client_of
from tests.imports.conftest import ohio, storage
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    people,
    person,
    registration,
)
from tests.imports.test_api import key_of
from tests.imports.test_publishing_property import publish

__all__ = ["client_of", "ohio", "storage"]
Line = dict[str, Any]
STATEMENT = (
    "SELECT * FROM sec.publication_difference('OH', %s, %s,"
    " '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
)


@pytest.fixture(autouse=True)
def kept_files(storage: Path) -> Path:
    return storage


@pytest.fixture
def two(ohio: Cast) -> Cast:
    """Ohio published twice: one changed, one new, one moved between districts, one hidden, one gone."""
    publish(ohio, people(range(1, 31)))
    publish_second(ohio)
    return ohio


def publish_second(cast: Cast) -> None:
    publish(
        cast,
        [
            person(1, last_name="NEWNAME"),
            person(3, county=CUYAHOGA),
            person(5, confidential=True),
            *people(range(8, 31)),
            person(2, county=FRANKLIN),
            person(4, birth_date=dt.date(1999, 9, 9)),
            *people(range(6, 7)),
            person(41),
        ],
    )


async def _got(path: str, key: str, then: Callable[[], None] | None) -> Any:
    answer: Any = await AsyncClient().get(path, headers={"Authorization": key})
    if not answer.streaming:
        return answer.status_code, answer.json()
    assert answer["Content-Type"] == "application/x-ndjson"
    content = answer.streaming_content
    assert isinstance(content, AsyncIterator)
    parts = [await anext(content)]
    if then:
        await sync_to_async(then)()
    parts.extend([part async for part in content])
    return 200, [json.loads(line) for line in b"".join(parts).splitlines()]


def got(
    client: APIClient,
    number: int = 2,
    then: Callable[[], None] | None = None,
    **asked: Any,
) -> tuple[int, Any]:
    """Return the status and the lines (or the problem); `then` happens after the first chunk."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    path = f"/v1/states/OH/publications/{number}/changes?{query}"
    return async_to_sync(_got)(path, key_of(client), then)  # type: ignore[no-any-return]


def ended(client: APIClient, number: int = 2, **asked: Any) -> tuple[int, str]:
    status, told = got(client, number, **asked)
    return status, told["code"]


def public(cast: Cast, number: int) -> str:
    return f"OH-{registration(cast, number).voter.hex}"


def by_voter(lines: list[Line]) -> dict[str, Line]:
    return {line["voter"]: line for line in lines if "voter" in line}


def test_a_licensee_of_the_whole_state_gets_what_changed(
    two: Cast, client_of: ClientOf
) -> None:
    status, lines = got(client_of(two.committee))
    assert status == 200
    assert lines[-1] == {"complete": {"since": 1, "publication": 2}}
    told = by_voter(lines)
    assert len(told) == 7
    assert told[public(two, 1)] == {
        "change": "changed",
        "voter": public(two, 1),
        "values": {"last_name": "NEWNAME"},
    }
    moved = told[public(two, 3)]["values"]
    assert (moved["county"], moved["us_house_district"]) == (CUYAHOGA, "11")
    assert told[public(two, 4)]["values"] == {
        "birth_date": "1999-09-09",
        "birth_year": 1999,
    }
    new = told[public(two, 41)]
    assert new["change"] == "joined"
    assert new["values"]["first_name"] == "BELA"
    assert "shielded" not in new["values"]
    assert {told[public(two, n)]["change"] for n in (5, 7)} == {"left"}


def test_gone_hidden_and_moved_away_leave_alike(two: Cast, client_of: ClientOf) -> None:
    _status, lines = got(client_of(two.campaign))
    told = by_voter(lines)
    for number in (3, 5, 7):
        voter = public(two, number)
        assert told[voter] == {"change": "left", "voter": voter}
    assert told[public(two, 2)]["change"] == "joined"
    assert public(two, 4) not in told


def test_what_is_not_licensed_leaves_no_line(two: Cast, client_of: ClientOf) -> None:
    _status, lines = got(client_of(two.outside_group))
    told = by_voter(lines)
    assert public(two, 4) not in told
    assert "birth_date" not in told[public(two, 41)]["values"]
    assert told[public(two, 1)]["values"] == {"last_name": "NEWNAME"}


def test_the_owner_sees_the_protected_change(two: Cast, client_of: ClientOf) -> None:
    _status, lines = got(client_of(two.ohio))
    told = by_voter(lines)
    assert told[public(two, 5)]["values"]["shielded"] == "confidential"
    assert told[public(two, 7)]["values"] == {"shielded": "gone"}


def test_who_may_not_read_gets_nothing(two: Cast, client_of: ClientOf) -> None:
    counts = grant(
        "OH", two.ohio, two.carolina, actions=["count"], groups=["registration"]
    )
    assert counts.status == "active"
    for actor in (two.stranger, two.carolina):
        assert ended(client_of(actor)) == (403, "not_licensed")
    writer = client_of(two.committee, Permission.CONTACTS_WRITE)
    assert ended(writer) == (403, "permission_missing")


def test_problems_name_what_to_do(two: Cast, client_of: ClientOf) -> None:
    client = client_of(two.committee)
    for number, asked, expected in (
        (3, {}, (404, "not_found")),
        (0, {}, (404, "not_found")),
        (2, {"since": 0}, (410, "difference_not_kept")),
        (2, {"since": 2}, (422, "invalid")),
        (2, {"after": "x"}, (422, "cursor_invalid")),
        (2, {"before": 1}, (422, "invalid")),
    ):
        assert ended(client, number, **asked) == expected, (number, asked)
    status, told = got(client, 1)
    assert (status, told["code"], told["newest"]) == (409, "publication_moved_on", 2)


def test_only_the_last_three_are_kept(two: Cast, client_of: ClientOf) -> None:
    for number in (3, 4, 5):
        publish(two, [person(1, last_name=f"N{number}"), *people(range(2, 31))])
    client = client_of(two.committee)
    assert ended(client, 5, since=1) == (410, "difference_not_kept")
    status, lines = got(client, 5, since=2)
    assert status == 200
    assert by_voter(lines)[public(two, 1)]["values"] == {"last_name": "N5"}


def test_whoever_was_licensed_later_does_not_learn_who_left_before(
    two: Cast, client_of: ClientOf
) -> None:
    grant("OH", two.ohio, two.stranger, actions=["read"])
    assert ended(client_of(two.stranger)) == (410, "license_newer")
    with acting_as(two.ohio, Action.MANAGE):
        held = Grant.objects.get(grantee=two.committee.organization, state="OH")
    suspend_grant(grant=held.id, reason="A question.", by=two.ohio)
    assert ended(client_of(two.committee)) == (403, "not_licensed")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "CHUNK_VOTERS", 2)


def test_a_cut_stream_is_gone_on_with(
    two: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(two.committee)
    _status, lines = got(client)
    places = [number for number, line in enumerate(lines) if "next" in line]
    assert len(places) >= 3
    for at in places:
        _status, rest = got(client, after=lines[at]["next"])
        assert [one for one in rest if "next" not in one] == [
            one for one in lines[at + 1 :] if "next" not in one
        ]


def test_a_cursor_serves_its_organization_state_and_publication_alone(
    two: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(two.committee)
    _status, lines = got(client)
    cursor = next(line["next"] for line in lines if "next" in line)
    assert ended(client_of(two.campaign), after=cursor) == (422, "cursor_invalid")
    assert ended(client, after=cursor, since=0) == (422, "cursor_invalid")
    assert ended(client, 1, after=cursor) == (422, "cursor_invalid")
    forged = cursor[:-4] + ("AAAA" if cursor[-4:] != "AAAA" else "BBBB")
    assert ended(client, after=forged) == (422, "cursor_invalid")
    feed = client.get("/v1/changes", {"state": "OH"}).json()["next"]
    assert ended(client, after=feed) == (422, "cursor_invalid")


def test_a_revocation_ends_it_at_the_next_chunk(
    two: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    _status, lines = got(
        client_of(two.committee), then=lambda: revoke(two.ohio, two.committee)
    )
    assert sum("next" in line for line in lines) == 1
    assert lines[-1]["end"]["code"] == "not_licensed"


def test_a_key_revoked_ends_it_at_the_next_chunk(
    two: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(two.committee)

    def revoke_key() -> None:
        with acting_as(two.committee, Action.MANAGE):
            Credential.objects.update(revoked_at=timezone.now())

    _status, lines = got(client, then=revoke_key)
    assert lines[-1]["end"]["code"] == "standing_ended"


def test_another_grant_or_publication_ends_it(
    two: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    def license_more() -> None:
        grant("OH", two.ohio, two.campaign, actions=["read"], counties=[CUYAHOGA])

    _status, lines = got(client_of(two.campaign), then=license_more)
    assert lines[-1]["end"]["code"] == "license_changed"

    def publish_more() -> None:
        publish(two, people(range(1, 31)))

    client = client_of(two.committee)
    _status, lines = got(client, then=publish_more)
    told = lines[-1]["end"]
    assert (told["code"], told["newest"]) == ("publication_moved_on", 3)
    status, lines = got(client, 3, since=1)
    assert (status, lines[-1]["complete"]["publication"]) == (200, 3)


def test_voters_told_of_count_against_the_cap_and_those_who_left_do_not(
    two: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read"], "groups": ["registration"]}
    grant("OH", two.ohio, two.stranger, cap_voters_month=4, **terms)
    grant("OH", two.ohio, two.carolina, cap_voters_month=3, **terms)
    # Named again in another file: 1 renamed, 2 and 3 there and back, 5 and 7 returned, 41 gone.
    publish(two, [person(1, last_name="X"), *people(range(2, 31))])
    publish_second(two)
    status, lines = got(client_of(two.stranger), 4, since=3)
    assert status == 200
    changes = sorted(line["change"] for line in by_voter(lines).values())
    assert changes == ["changed", "changed", "changed", "joined", "left", "left"]
    assert ended(client_of(two.carolina), 4, since=3) == (403, "cap_reached")


def test_it_is_in_the_ledger_by_chunk(two: Cast, client_of: ClientOf) -> None:
    got(client_of(two.campaign))
    with acting_as(two.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="feeds:difference:read")
    assert entry.organization == two.campaign.organization
    assert entry.detail == {"since": 1, "publication": 2}
    assert (len(entry.grants), entry.purpose) == (1, "election")
    assert entry.rows == 6
    assert "last_name" in entry.fields


def test_sql_typed_in_ones_own_scope_learns_no_more(two: Cast) -> None:
    voter = registration(two, 4).voter
    for reader, action in (
        (two.stranger, Action.READ),
        (two.carolina, Action.READ),
        (two.committee, Action.COUNT),
        (two.committee, Action.MANAGE),
    ):
        with acting_as(reader, action):
            refused("default", STATEMENT, [1, 2])
    refused("default", STATEMENT, [1, 2])
    with acting_as(two.ohio, Action.IMPORT, using="loader"):
        refused("loader", STATEMENT, [1, 2])
    with acting_as(two.outside_group, Action.READ):
        assert voter not in {row[0] for row in rows(STATEMENT, [1, 2])}
        refused("default", STATEMENT, [0, 2])
        refused("default", STATEMENT, [1, 1])
        refused("default", STATEMENT, [2, 3])
    with acting_as(two.campaign, Action.READ):
        for met, told, columns, gained, lost in rows(STATEMENT, [1, 2]):
            assert told != "left" or (columns, gained, lost) == ([], [], [])
            assert not {"place", "shielded", "fingerprint", "ordinal"} & set(columns)
            assert met != registration_of_other_district(two)


def registration_of_other_district(cast: Cast) -> Any:
    return registration(cast, 4).voter


def rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def refused(alias: str, statement: str, values: list[Any]) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(statement, values)


def test_publications_are_listed_for_whoever_has_to_do_with_the_state(
    two: Cast, client_of: ClientOf
) -> None:
    listed = client_of(two.committee).get("/v1/states/OH/publications").json()
    assert [one["number"] for one in listed["results"]] == [2, 1]
    assert set(listed["results"][0]) == {
        "number",
        "file_date",
        "published_at",
        "counties",
    }
    stranger: Actor = two.stranger
    none = client_of(stranger).get("/v1/states/OH/publications").json()
    assert none == {"results": [], "next": None}
