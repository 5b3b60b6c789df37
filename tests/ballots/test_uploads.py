"""Uploading ballots over HTTP: good lines kept, faults named, whole and difference, exact figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.organizations.models import Organization
from states.voters.ids import voter_id
from states.voters.models import Ballot
from tests.api.conftest import client_with, make_key
from tests.ballots.conftest import ELECTION, send, send_bytes, sid
from tests.cast import Cast, voter_uuid

ClientOf = Callable[..., APIClient]


def _ballots(cast: Cast) -> dict[int, Ballot]:
    """Return the election's ballots as the owner sees them, by the cast's numbers."""
    numbers = {
        voter_uuid("OH", number): number for number in (1, 2, *range(1000, 1040))
    }
    with acting_as(cast.ohio, Action.READ):
        rows = Ballot.objects.filter(state="OH", ballot_election=ELECTION)
        return {numbers[one.voter]: one for one in rows}


def _faults(client: APIClient, upload: dict[str, Any]) -> list[tuple[int, str]]:
    body = client.get(f"/v1/ballots/{upload['id']}/faults").json()
    return [(one["line"], one["code"]) for one in body["results"]]


def test_good_lines_are_kept_and_each_fault_is_named(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    answer = send(
        client,
        f"{sid(1000)},requested,2026-11-01,mail",
        f"{voter_id('OH', voter_uuid('OH', 1001))},SENT,2026-11-02,",
        ",sent,2026-11-02,mail",
        f"{sid(1002)},mailed,2026-11-02,mail",
        f"{sid(1003)},sent,11/02/2026,mail",
        f"{sid(1004)},sent,2036-11-02,mail",
        f"{sid(1005)},sent,2026-11-02,pigeon",
        f"{voter_id('NC', voter_uuid('NC', 6000))},sent,2026-11-02,mail",
        f"{sid(999999)},sent,2026-11-02,mail",
        f'"{sid(1006)},sent,2026-11-02,mail',
        f"{sid(1007)},sent,2026-11-02",
        "",
        f"{sid(1008)},returned,2026-11-03,early",
    )
    assert answer.status_code == 201, answer.json()
    upload = answer.json()
    assert (upload["status"], upload["lines"], upload["faulty"]) == ("applied", 12, 9)
    assert upload["figures"] == {
        "voters": 3,
        "before": 0,
        "added": 3,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
        "unknown": 1,
    }
    assert _faults(client, upload) == [
        (4, "voter_missing"),
        (5, "status_unknown"),
        (6, "date_invalid"),
        (7, "date_in_future"),
        (8, "method_unknown"),
        (9, "other_state"),
        (10, "voter_unknown"),
        (11, "line_malformed"),
        (12, "cells_wrong"),
    ]
    kept = _ballots(cast)
    assert {number: one.ballot_status for number, one in kept.items()} == {
        1000: "requested",
        1001: "sent",
        1008: "returned",
    }
    assert kept[1008].place == 1
    assert (kept[1008].ballot_method, kept[1001].ballot_method) == ("early", None)
    assert client.get(answer["Location"]).json() == upload
    assert client.get("/v1/ballots?state=OH").json()["results"] == [upload]


def test_a_difference_adds_steps_and_the_newest_one_holds(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    send(
        client,
        f"{sid(1000)},requested,2026-10-01,mail",
        f"{sid(1000)},sent,2026-10-05,",
        f"{sid(1001)},returned,2026-10-20,mail",
        f"{sid(1002)},accepted,2026-10-21,mail",
    )
    answer = send(
        client,
        f"{sid(1001)},accepted,2026-10-20,",
        f"{sid(1002)},sent,2026-10-02,",
        f"{sid(1000)},sent,2026-10-05,",
    )
    figures = answer.json()["figures"]
    assert (figures["before"], figures["added"]) == (3, 0)
    assert (figures["changed"], figures["unchanged"]) == (2, 1)
    kept = _ballots(cast)
    assert kept[1000].ballot_status == "sent"
    assert kept[1000].ballot_method == "mail"
    assert kept[1000].requested_on == dt.date(2026, 10, 1)
    assert kept[1001].ballot_status == "accepted"  # the same day, a step farther
    assert kept[1001].returned_on == dt.date(2026, 10, 20)
    assert kept[1002].ballot_status == "accepted"  # an older step changes no status
    assert kept[1002].sent_on == dt.date(2026, 10, 2)


def test_a_whole_upload_replaces_the_elections_ballots_and_no_others(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    send(client, *(f"{sid(n)},sent,2026-10-05,mail" for n in range(1000, 1010)))
    rest = [f"{sid(n)},requested,2026-10-01," for n in range(1004, 1011)]
    figures = send(client, *rest, mode="whole").json()["figures"]
    assert (figures["removed"], figures["added"], figures["changed"]) == (4, 1, 6)
    kept = _ballots(cast)
    assert set(kept) == set(range(1004, 1011))
    assert {one.ballot_status for one in kept.values()} == {"requested"}
    assert {one.sent_on for one in kept.values()} == {None}
    with acting_as(cast.ohio, Action.READ):
        assert (
            Ballot.objects.filter(state="OH").exclude(ballot_election=ELECTION).count()
            == 5 * 40 + 2
        )


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([f"{sid(1000)},sent,2026-10-05,"], "ballots_fell"),
        ([f"{sid(n)},sent,,  " for n in (1000, 1001)], "no_ballots"),
        (
            [*(f"{sid(n)},sent,2026-10-05," for n in range(1000, 1010)), "x,sent,,"],
            "many_faults",
        ),
    ],
)
def test_a_strange_whole_upload_leaves_the_ballots_alone(
    cast: Cast, client_of: ClientOf, lines: list[str], code: str
) -> None:
    client = client_of(cast.ohio)
    send(client, *(f"{sid(n)},returned,2026-10-09,mail" for n in range(1000, 1010)))
    answer = send(client, *lines, mode="whole")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert {one.ballot_status for one in _ballots(cast).values()} == {"returned"}
    upload = client.get(f"/v1/ballots/{answer.json()['upload']}").json()
    assert (upload["status"], upload["reason"]) == ("refused", code)
    accepted = send(client, *lines, mode="whole", accept="true")
    assert accepted.status_code == (409 if code == "no_ballots" else 201)


def test_shielded_voters_have_ballots_that_the_owner_alone_sees(
    cast: Cast, client_of: ClientOf
) -> None:
    send(client_of(cast.ohio), f"{sid(1)},sent,2026-10-05,")
    assert _ballots(cast)[1].place == -39
    with acting_as(cast.committee, Action.READ):
        assert not Ballot.objects.filter(state="OH").exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file_empty"),
        (b"voter,status\nOH1,sent\n", "header_invalid"),
        (b"voter,id,status,date\n", "header_invalid"),
        (b"\xff\xfe\x00", "header_invalid"),
    ],
)
def test_a_header_that_is_none_is_refused(
    cast: Cast, client_of: ClientOf, body: bytes, code: str
) -> None:
    answer = send_bytes(client_of(cast.ohio), body, mode="whole")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_bytes_cut_anywhere_are_the_same_lines(cast: Cast, client_of: ClientOf) -> None:
    long = "x" * 9000
    body = (
        "\ufeffState_Voter_ID;x,Status,date\n".replace(";x", "")
        + f"{sid(1000)},sent,2026-10-05\n{long},sent,2026-10-05\n{sid(1001)},sent,2026-10-05"
    ).encode()
    client = client_of(cast.ohio)
    upload = send_bytes(client, body, mode="difference").json()
    assert upload["figures"]["voters"] == 2
    assert _faults(client, upload) == [(3, "line_too_long")]


@pytest.mark.parametrize("name", ["carolina", "committee", "campaign", "stranger"])
def test_nobody_but_the_owner_uploads_or_sees_an_upload(
    cast: Cast, client_of: ClientOf, name: str
) -> None:
    upload = send(client_of(cast.ohio), f"{sid(1000)},sent,2026-10-05,").json()
    other = client_of(cast.everyone[name])
    refused = send(other, f"{sid(1000)},rejected,2026-10-06,")
    assert refused.status_code == 404
    assert other.get(f"/v1/ballots/{upload['id']}").status_code == 404
    assert other.get(f"/v1/ballots/{upload['id']}/faults").status_code == 404
    assert other.get("/v1/ballots").json()["results"] == []
    assert _ballots(cast)[1000].ballot_status == "sent"


def test_an_upload_needs_its_permission_and_is_accounted_for(
    cast: Cast, client_of: ClientOf
) -> None:
    line = f"{sid(1000)},sent,2026-10-05,"
    refused = send(client_of(cast.ohio, Permission.VOTERS_READ), line)
    assert refused.json()["code"] == "permission_missing"
    upload = send(client_of(cast.ohio), line).json()
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="ballots:upload:applied")
    assert (entry.state, entry.subject, entry.groups) == (
        "OH",
        upload["id"],
        ["ballots"],
    )
    assert entry.detail["election"] == ELECTION
    assert entry.detail["added"] == 1


def test_a_test_credential_changes_nothing(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        ohio = Organization.objects.get(id=cast.ohio.organization)
    key = make_key(ohio, test=True)
    answer = send(client_with(key), f"{sid(1000)},sent,2026-10-05,")
    assert answer.json()["figures"]["added"] == 1
    assert _ballots(cast) == {}
