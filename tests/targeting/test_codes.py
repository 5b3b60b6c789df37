"""Criteria on activist codes: one's own, as the newest contact says; of others' nobody learns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from coop.actors import Actor
from states.canvass.surveys import archive_code, create_code
from tests.canvass.amendments import correct, retract
from tests.canvass.pushes import body, drain, push_and_apply
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.grants.conftest import ClientOf
from tests.lists.test_lists import save
from tests.lists.test_shares import share
from tests.targeting.test_answers import ask, selected
from tests.targeting.test_bitmaps import build


def make(by: Actor, name: str) -> UUID:
    """Make a code of an organization's own."""
    return create_code(words={"type": "volunteer", "name": name}, by=by).id


def put(by: Actor, voter: UUID, code: UUID, hour: int = 10, **said: Any) -> str:
    """Push a contact that puts a code on a voter, or (`applied` false) takes it off."""
    told = [{"code": str(code), **said}]
    at = f"2026-11-02T{hour:02}:00:00Z"
    return push_and_apply(by, body(voter, activist_codes=told, occurred_at=at))[0]


def told(client: APIClient, criteria: Any) -> int:
    """Return a count that must be answered."""
    answer = ask(client, criteria)
    assert answer.status_code == 200, answer.json()
    (state,) = answer.json()["states"]
    return int(state["count"])


@pytest.mark.parametrize("by_bitmaps", [True, False])
def test_the_newest_contact_says_whether_a_code_is_on_a_voter(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    *,
    by_bitmaps: bool,
) -> None:
    if by_bitmaps:
        build(cast)
    by, voters = cast.outside_group, cast.places[1]
    volunteer, sign = make(by, "Volunteer"), make(by, "Yard sign")
    put(by, voters[0], volunteer)
    put(by, voters[1], volunteer, 12)
    put(by, voters[1], volunteer, 11, applied=False)
    put(by, voters[2], volunteer)
    put(by, voters[2], volunteer, 11, applied=False)
    put(by, voters[2], sign)
    client = client_of(by)
    assert told(client, "activist_code:volunteer") == 2
    assert told(client, 'activist_code:VOLUNTEER,"yard sign"') == 3
    assert told(client, "-activist_code:volunteer") == 198
    assert told(client, "activist_code:*") == 3
    assert told(client, "-activist_code:*") == 197
    assert selected(client, "activist_code:volunteer") == {
        f"OH-{one.hex}" for one in voters[:2]
    }


def test_what_is_set_right_takes_a_code_off_and_puts_it_on(
    cast: Cast, client_of: ClientOf
) -> None:
    by, voters = cast.outside_group, cast.places[1]
    code, other = make(by, "Volunteer"), make(by, "Driver")
    wrong = put(by, voters[0], code)
    gone = put(by, voters[1], code)
    put(by, voters[1], other)
    client = client_of(by)
    assert told(client, "activist_code:volunteer") == 2
    correct(by, wrong, "fix", activist_codes=[{"code": str(other)}])
    retract(by, gone)
    drain()
    assert told(client, "activist_code:volunteer") == 0
    assert told(client, "activist_code:driver") == 2
    archive_code(code=other, by=by)
    assert told(client, "activist_code:driver") == 2


def test_a_code_is_its_organizations_alone_even_of_the_same_name(
    cast: Cast, client_of: ClientOf
) -> None:
    voters = cast.places[2]
    mine, theirs = make(cast.outside_group, "Core"), make(cast.rival, "Core")
    put(cast.outside_group, voters[0], mine)
    put(cast.rival, voters[1], theirs)
    put(cast.rival, voters[2], theirs)
    assert told(client_of(cast.outside_group), "activist_code:core") == 1
    assert told(client_of(cast.rival), "activist_code:core") == 2
    for who in ("ohio", "committee"):
        answer = ask(client_of(cast.everyone[who]), "activist_code:core")
        assert (answer.status_code, answer.json()["code"]) == (422, "criteria_invalid")
        assert "Core" not in answer.json()["detail"].replace("'core'", "")
        assert told(client_of(cast.everyone[who]), "activist_code:*") == 0


def test_a_code_that_is_not_there_is_told_with_the_nearest(
    cast: Cast, client_of: ClientOf
) -> None:
    make(cast.outside_group, "Volunteer")
    client = client_of(cast.outside_group)
    for path in ("counts", "criteria/parse"):
        sent = {"criteria": "party:D activist_code:volunter"}
        answer = client.post(f"/v1/{path}", sent, format="json")
        assert answer.status_code == 422, answer.json()
        (fault,) = answer.json()["errors"]
        assert fault["code"] == "value_unknown"
        assert "Did you mean Volunteer?" in fault["detail"]


def test_a_code_may_be_called_what_else_would_mean_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    put(cast.outside_group, cast.places[1][0], make(cast.outside_group, "None"))
    assert told(client_of(cast.outside_group), "activist_code:none") == 1


def test_who_may_count_alone_does_not_ask_about_codes(
    cast: Cast, client_of: ClientOf
) -> None:
    make(cast.carolina, "Core")
    grant("OH", cast.ohio, cast.carolina, actions=["count"])
    answer = ask(client_of(cast.carolina), "activist_code:core")
    assert (answer.status_code, answer.json()["code"]) == (403, "identifying_criteria")


def test_the_fields_name_the_callers_codes(cast: Cast, client_of: ClientOf) -> None:
    make(cast.outside_group, "Volunteer")
    make(cast.outside_group, "Driver")
    for who, expected in (("outside_group", ["Driver", "Volunteer"]), ("rival", [])):
        fields = client_of(cast.everyone[who]).get("/v1/fields").json()["results"]
        (shown,) = [one for one in fields if one["name"] == "activist_code"]
        assert shown["values"] == expected
        assert shown["operators"] == ["has", "has_not", "known"]
        assert shown["live"]


def test_a_live_list_by_codes_is_not_shared_and_a_pinned_one_is(
    cast: Cast, client_of: ClientOf
) -> None:
    put(cast.outside_group, cast.places[1][0], make(cast.outside_group, "Core"))
    client = client_of(cast.outside_group)
    by_codes = {"criteria": "activist_code:core", "states": ["OH"]}
    live = save(client, "Live", kind="live", **by_codes)
    pinned = save(client, "Pinned", kind="pinned", **by_codes)
    resting = {"list": live["id"]}
    over = save(client, "Over", kind="live", criteria=resting, states=["OH"])
    for refused in (live, over):
        answer = share(client, refused["id"], cast.campaign)
        told_code = (answer.status_code, answer.json()["code"])
        assert told_code == (409, "share_rests_on_unshared")
    assert share(client, pinned["id"], cast.campaign).status_code == 201
