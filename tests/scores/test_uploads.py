"""Uploading scores: by any id, whole or not at all, state by state, and never an oracle."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import Denied, Invalid
from coop.ledger.models import Entry
from states.scores import work
from states.scores.actions import queue_upload
from states.scores.models import Holding, LineFault, Score, Upload
from states.scores.work import run_uploads
from states.voters.ids import voter_id
from tests.cast import Cast, grant, voter_uuid
from tests.scores.conftest import declare, reloaded, scores_of, sid, upload

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., APIClient]


def _values(cast: Cast, who: Any, state: str = "OH") -> dict[int, float]:
    numbers = {
        voter_uuid(state, number): number
        for number in (*range(1000, 1040), *range(2000, 2040), *range(6000, 6040))
    }
    with acting_as(who, Action.READ):
        rows = Score.objects.filter(state=state)
        return {numbers[one.voter]: one.value for one in rows}


def _faults(one: Upload, who: Any) -> list[tuple[int, str, str]]:
    with acting_as(who, Action.READ):
        rows = LineFault.objects.filter(upload=one.id).order_by("line")
        return [(row.line, row.code, row.voter) for row in rows]


def test_lines_match_by_any_id_and_each_other_is_named(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    done = upload(
        cast.campaign,
        turnout,
        [
            f"{voter_id('OH', voter_uuid('OH', 1000))},25",
            f"{sid(1001)},50.5",
            f"{sid(2000)},50",  # in the rival's district
            f"{sid(999999)},50",  # nobody
            f"{sid(1002)},150",
            f"{sid(1003)},high",
            f"{sid(1004)},nan",
            ",50",
            f"{voter_id('NC', voter_uuid('NC', 6000))},50",
            f"{sid(1005)},50,more",
            "",
            f"{sid(1001)},60",  # of two lines the last holds
        ],
    )
    assert (done.status, done.reason) == ("applied", "")
    assert (done.matched, done.unmatched, done.out_of_range, done.malformed) == (
        *(3, 2, 1),
        5,
    )
    assert (done.voters, done.lines_done, done.lines_total) == (2, 12, 12)
    assert _values(cast, cast.campaign) == {1000: 25, 1001: 60}
    assert [fault[:2] for fault in _faults(done, cast.campaign)] == [
        (4, "voter_unknown"),
        (5, "voter_unknown"),
        (6, "score_out_of_range"),
        (7, "score_invalid"),
        (8, "score_invalid"),
        (9, "voter_missing"),
        (10, "other_state"),
        (11, "cells_wrong"),
    ]


def test_absent_and_out_of_license_look_the_same(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    lines = [sid(1000), sid(2000), sid(999999)]
    done = upload(cast.campaign, turnout, [f"{one},5" for one in lines])
    hidden, absent = (
        (code, voter.replace(sid(2000), "…").replace(sid(999999), "…"))
        for _, code, voter in _faults(done, cast.campaign)
    )
    assert hidden == absent


def test_shielded_voters_get_no_value_from_their_owner_either(cast: Cast) -> None:
    turnout = declare(cast.ohio)
    shielded = [f"{sid(number)},5" for number in (1, 2)]
    done = upload(cast.ohio, turnout, [*shielded, *scores_of([1000], 5)])
    assert (done.matched, done.unmatched) == (1, 2)


def test_county_ids_need_their_county(cast: Cast) -> None:
    turnout = declare(cast.ohio)
    header = "county_voter_id,county,score"
    done = upload(
        cast.ohio,
        turnout,
        ["C1000,Franklin,10", "C1001,39049,20", "C1002,39035,30", "C1003,,40"],
        header=header,
    )
    named = {line: code for line, code, _ in _faults(done, cast.ohio)}
    assert named[5] == "county_unknown"
    assert done.matched + done.unmatched == 3
    for header in ("county_voter_id,score", "county,score", "score", "voter"):
        with pytest.raises(Invalid, match="header_invalid"):
            upload(cast.ohio, turnout, ["C1000,10"], header=header)


def test_labels_are_values(cast: Cast) -> None:
    tier = declare(cast.campaign, "tier", labels=["high", "medium", "low"])
    lines = [f"{sid(1000)},HIGH", f"{sid(1001)},low", f"{sid(1002)},none"]
    done = upload(cast.campaign, tier, lines)
    assert (done.matched, done.out_of_range) == (2, 1)
    assert _values(cast, cast.campaign) == {1000: 1, 1001: 3}


def test_a_set_is_replaced_whole_in_one_state_and_stands_in_the_others(
    cast: Cast,
) -> None:
    grant("NC", cast.carolina, cast.committee, actions=["read"])
    turnout = declare(cast.committee)
    upload(cast.committee, turnout, scores_of(range(1000, 1010), 5))
    carolina = [f"{sid(6000, 'NC')},7"]
    upload(cast.committee, turnout, carolina, state="NC")
    again = upload(cast.committee, turnout, scores_of([1005, 2000], 9))
    assert (again.version, again.voters) == (2, 2)
    assert _values(cast, cast.committee) == {1005: 9, 2000: 9}
    assert _values(cast, cast.committee, "NC") == {6000: 7}


def test_until_an_upload_is_whole_the_former_values_count(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    upload(cast.campaign, turnout, scores_of(range(1000, 1010), 5))
    body = "\n".join(["voter,score", *scores_of(range(1000, 1030), 80)]).encode()
    queued = queue_upload(set_id=turnout, state="OH", chunks=[body], by=cast.campaign)
    turns = 0
    with patch.object(work, "BATCH_LINES", 10):
        while run_uploads(seconds=0.0001):
            turns += 1
            with acting_as(cast.campaign, Action.READ):
                held = Holding.objects.get(score_set=turnout).version
                status = Upload.objects.get(id=queued.id).status
            assert (held == 2) is (status == "applied")
    assert turns >= 3
    done = reloaded(queued, cast.campaign)
    assert (done.status, done.matched, done.voters) == ("applied", 30, 30)
    assert set(_values(cast, cast.campaign).values()) == {80.0}


def test_a_killed_workers_upload_is_gone_on_with(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    body = "\n".join(["voter,score", *scores_of(range(1000, 1030), 80)]).encode()
    queued = queue_upload(set_id=turnout, state="OH", chunks=[body], by=cast.campaign)
    real, calls = work._store, []

    def dies(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*given)

    with (
        patch.object(work, "BATCH_LINES", 10),
        patch.object(work, "_store", dies),
        pytest.raises(KeyboardInterrupt),
    ):
        run_uploads()
    assert reloaded(queued, cast.campaign).lines_done == 20
    assert run_uploads() is False, "its lease still lasts"
    with acting_as(cast.campaign, Action.READ):
        long_ago = "2026-01-01T00:00:00Z"
        Upload.objects.filter(id=queued.id).update(heartbeat_at=long_ago)
    run_uploads()
    done = reloaded(queued, cast.campaign)
    assert (done.status, done.matched, done.attempts) == ("applied", 30, 1)


def test_who_may_no_longer_upload_changes_nothing(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    upload(cast.campaign, turnout, scores_of([1000], 5))
    body = "\n".join(["voter,score", *scores_of([1001], 9)]).encode()
    queued = queue_upload(set_id=turnout, state="OH", chunks=[body], by=cast.campaign)
    gone = Denied("not_licensed", "It was revoked.")
    with patch.object(work, "check_licensed", side_effect=gone):
        run_uploads()
    failed = reloaded(queued, cast.campaign)
    assert (failed.status, failed.reason) == ("failed", "not_licensed")
    assert _values(cast, cast.campaign) == {1000: 5}


def test_nothing_matched_leaves_the_former_values(cast: Cast) -> None:
    turnout = declare(cast.campaign)
    upload(cast.campaign, turnout, scores_of([1000], 5))
    failed = upload(cast.campaign, turnout, scores_of([2000], 5))
    assert (failed.status, failed.reason) == ("failed", "no_scores")
    assert _values(cast, cast.campaign) == {1000: 5}


def test_who_has_no_license_uploads_nothing(cast: Cast) -> None:
    turnout = declare(cast.stranger)
    with pytest.raises(Denied):
        upload(cast.stranger, turnout, scores_of([1000], 5))


def _send(client: APIClient, made: str, *lines: str, state: str = "OH") -> Any:
    body = "\n".join(["voter,score", *lines]).encode()
    return client.post(
        f"/v1/score-sets/{made}/uploads?state={state}", body, content_type="text/csv"
    )


def test_over_http_an_upload_waits_shows_its_way_and_hands_out_its_rejects(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    made = client.post(
        "/v1/score-sets", {"name": "turnout", "low": 0, "high": 1}, format="json"
    )
    assert made.status_code == 201
    assert made.json()["field"] == "score:turnout"
    taken = client.post(
        "/v1/score-sets", {"name": "turnout", "low": 0, "high": 1}, format="json"
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "score_name_taken")
    answer = _send(client, made.json()["id"], f"{sid(1000)},0.5", "=cmd(),0.5")
    assert answer.status_code == 202
    waiting = client.get(answer["Location"]).json()
    assert (waiting["status"], waiting["lines_total"]) == ("queued", 2)
    run_uploads()
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["matched"], done["unmatched"]) == ("applied", 1, 1)
    listed = client.get(f"/v1/score-sets/{made.json()['id']}/uploads").json()
    assert [one["id"] for one in listed["results"]] == [done["id"]]
    page = client.get(f"{answer['Location']}/rejects").json()["results"]
    assert [(one["line"], one["voter"]) for one in page] == [(3, "=cmd()")]
    text = _downloaded(client, f"{answer['Location']}/rejects/download")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["line"], row["voter"], row["score"]) == ("3", "'=cmd()", "0.5")
    text = _downloaded(client, f"{answer['Location']}/rejects/download?format=ndjson")
    assert json.loads(text)["voter"] == "=cmd()"


def _downloaded(client: APIClient, address: str) -> str:
    answer: Any = client.get(address)
    assert answer.status_code == 200

    async def gathered() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(gathered)().decode()


def test_a_bad_header_is_told_at_once(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    made = declare(cast.campaign)
    answer = client.post(
        f"/v1/score-sets/{made}/uploads?state=OH",
        b"a,b\n1,2\n",
        content_type="text/csv",
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "header_invalid")


def test_the_owner_learns_of_the_matching_and_no_name(cast: Cast) -> None:
    secret = declare(cast.campaign, "secretname")
    upload(cast.campaign, secret, scores_of([1000, 1001], 5))
    with acting_as(cast.ohio, Action.MANAGE):
        entries = list(Entry.objects.filter(event__startswith="scores:"))
    assert {one.event for one in entries} == {
        "scores:upload:queued",
        "scores:upload:applied",
    }
    applied = next(one for one in entries if one.event.endswith("applied"))
    assert (applied.rows, applied.groups) == (2, ["registration"])
    assert not any("secretname" in repr(vars(one)) for one in entries)
    assert not any(str(secret) in repr(vars(one)) for one in entries)


def test_a_key_without_the_permission_uploads_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    made = declare(cast.campaign)
    client = client_of(cast.campaign, Permission.VOTERS_READ, Permission.LISTS_WRITE)
    assert _send(client, str(made), f"{sid(1000)},5").status_code == 403
