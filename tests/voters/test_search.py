"""Searching voters: by id, name, address and phone; pages that hold still under writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from coop.actors import Action
from coop.db.scope import acting_as
from states.voters.models import ContactDetails, Registration
from states.voters.search import Hit, Query, after_prefix, find
from tests.cast import Cast, voter_uuid
from tests.grants.conftest import ClientOf


def search(client: Any, **query: object) -> Any:
    return client.get("/v1/voters", {"state": "OH"} | query)


def everything(client: Any, **query: object) -> list[dict[str, Any]]:
    found, cursor = [], None
    for _ in range(100):
        page = search(client, **query, **({"cursor": cursor} if cursor else {})).json()
        found += page["results"]
        if not (cursor := page["next"]):
            return found
    raise AssertionError


def named(prefix: str, *places: int) -> set[str]:
    """Return the state ids of Ohio's voters of these places whose names begin so."""
    found = Registration.objects.filter(
        state="OH", place__in=places, last_name__istartswith=prefix
    )
    return set(found.values_list("state_voter_id", flat=True))


@pytest.mark.parametrize("prefix", ["SM", "smi", "SMYTHE", "O'N", "Mü"])
def test_a_name_is_found_by_its_beginning_in_any_case(
    cast: Cast, client_of: ClientOf, prefix: str
) -> None:
    found = everything(client_of(cast.campaign), last_name=prefix, limit=3)
    with acting_as(cast.ohio, Action.READ):
        expected = named(prefix, 1, 3)
    ids = [one["state_voter_id"] for one in found]
    assert len(ids) == len(set(ids))
    assert set(ids) == expected != set()


def test_a_first_name_narrows_a_last_name(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    found = everything(client, last_name="GARCIA", first_name="a")
    assert {(one["last_name"], one["first_name"]) for one in found} == {
        ("GARCIA", "ADA")
    }


def test_by_state_id_address_and_phone(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    with acting_as(cast.ohio, Action.READ):
        one = Registration.objects.get(state="OH", voter=voter_uuid("OH", 1001))
        phone = ContactDetails.objects.get(state="OH", voter=one.voter).phone
    for query in (
        {"state_voter_id": one.state_voter_id},
        {"address": str(one.res_address).lower()},
        {"phone": phone},
    ):
        ids = [each["state_voter_id"] for each in everything(client, **query)]
        assert one.state_voter_id in ids
    assert everything(client, state_voter_id="OH00000002003") == []


def test_the_pages_hold_still_while_voters_come_and_go(cast: Cast) -> None:
    query = Query(last_name="S")
    with acting_as(cast.ohio, Action.READ):
        whole = find("OH", query, after=None, limit=1000)
        first = find("OH", query, after=None, limit=5)
        rest = find("OH", query, after=first[-1], limit=1000)
        assert [*first, *rest] == whole
        after = Hit(first[-1].key, voter_uuid("OH", 424_242))
        later = find("OH", query, after=after, limit=1000)
    assert set(later) <= set(whole)


def test_a_searched_field_must_be_licensed(cast: Cast, client_of: ClientOf) -> None:
    refused = search(client_of(cast.outside_group), phone="+16145550101")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_licensed")
    assert refused.json()["groups"] == ["contact_details"]
    assert search(client_of(cast.stranger), last_name="SMI").status_code == 403


def test_a_count_only_grant_reads_nobody(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.committee).get(
        "/v1/voters", {"state": "NC", "last_name": "SMI"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"last_name": "SMI", "phone": "+16145550101"},
        {"first_name": "ADA"},
        {"last_name": "S"},
        {"phone": "614 555 0101"},
        {"last_name": "SMI", "limit": 10_000},
        {"last_name": "SMI", "unknown": "1"},
        {"last_name": "SMI", "cursor": "nonsense"},
        {"last_name": "SMI", "state": "ohio"},
    ],
)
def test_a_search_that_makes_no_sense_is_told_so(
    cast: Cast, client_of: ClientOf, query: dict[str, object]
) -> None:
    assert search(client_of(cast.ohio), **query).status_code == 422


def test_a_cursor_is_of_one_organization_and_one_search(
    cast: Cast, client_of: ClientOf
) -> None:
    mine = search(client_of(cast.ohio), last_name="SM", limit=1).json()["next"]
    other = search(client_of(cast.committee), last_name="SM", limit=1, cursor=mine)
    assert other.json()["code"] == "cursor_invalid"
    another = search(client_of(cast.ohio), last_name="GA", limit=1, cursor=mine)
    assert another.json()["code"] == "cursor_invalid"


def test_answers_say_how_fresh_they_are(cast: Cast, client_of: ClientOf) -> None:
    answer = search(client_of(cast.campaign), last_name="SM").json()
    assert answer["freshness"]["OH"]["file_date"] == "2026-11-01"


def test_prefixes_end_where_the_next_text_begins() -> None:
    assert after_prefix("SMI") == "SMJ"
    assert after_prefix("A\U0010ffff") == "B"
    assert after_prefix("\ud7ff") == "\ue000"
    assert after_prefix("\U0010ffff") is None


def test_a_name_search_uses_its_index_under_the_policy(cast: Cast) -> None:
    statement = (
        "EXPLAIN SELECT name_key, voter FROM voters_registration WHERE state = 'OH'"
        " AND name_key ~>=~ 'SMI' AND name_key ~<~ 'SMJ' ORDER BY name_key USING ~<~, voter"
    )
    with acting_as(cast.committee, Action.READ), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(statement)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond" in plan
    assert "name_key ~>=~" in plan
