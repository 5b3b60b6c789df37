"""Scores in criteria, counts, breakdowns, lists and exports: of one's own sets and those shared, no others."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.lists.chunks import first_chunk, next_chunk
from states.lists.downloads import Link, start_download
from states.scores.actions import end_share, share_set
from states.scores.queries import known_sets
from states.voters.ids import voter_id
from tests.cast import Cast, grant, voter_uuid
from tests.scores.conftest import declare, scores_of, sid, upload

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., APIClient]


@pytest.fixture
def turnout(cast: Cast) -> UUID:
    """The campaign's set: ten voters have 20, ten 80, twenty none."""
    made = declare(cast.campaign)
    lines = [*scores_of(range(1000, 1010), 20), *scores_of(range(1010, 1020), 80.5)]
    upload(cast.campaign, made, lines)
    return made


def _ask(client: APIClient, criteria: Any, path: str = "counts", **more: Any) -> Any:
    body = {"criteria": criteria, "states": ["OH"], **more}
    return client.post(f"/v1/{path}", body, format="json").json()


def test_ranges_in_both_forms(cast: Cast, client_of: ClientOf, turnout: UUID) -> None:
    client = client_of(cast.campaign)
    everyone = _ask(client, "everyone")["count"]
    for criteria, expected in (
        ({"field": "score:turnout", "op": "gte", "value": 70}, 10),
        ("score.turnout>=70", 10),
        ("score.turnout>80.5", 0),
        ("score.turnout:80.5", 10),
        ("score.turnout:20,80.5", 20),
        ("score.turnout:0..20", 10),
        ("score.turnout<20", 0),
        ("score.turnout:*", 20),
        ("-score.turnout:*", everyone - 20),
        ("-score.turnout>=70", 10),  # unknown matches neither a test nor its negation
        ("score.turnout>=70 or score.turnout<=20", 20),
    ):
        assert _ask(client, criteria)["count"] == expected, criteria


def test_both_forms_are_written_again(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    client = client_of(cast.campaign)
    for text in ("score.turnout>=70", "score.turnout:0.5..80", "-score.turnout:*"):
        parsed = _ask(client, text, "criteria/parse")
        assert parsed["text"] == text
        assert parsed["fields"] == ["score:turnout"]
        again = _ask(client, parsed["tree"], "criteria/parse")
        assert again["text"] == text


def test_labels(cast: Cast, client_of: ClientOf) -> None:
    tier = declare(cast.campaign, "tier", labels=["high", "medium", "low"])
    lines = [*scores_of(range(1000, 1003), "high"), *scores_of([1003], "low")]
    upload(cast.campaign, tier, lines)
    client = client_of(cast.campaign)
    assert _ask(client, "score.tier:high,medium")["count"] == 3
    assert _ask(client, "score.tier:LOW")["count"] == 1
    wrong = _ask(client, "score.tier:hihg")
    assert wrong["errors"][0]["code"] == "value_unknown"
    assert "Did you mean high?" in wrong["errors"][0]["detail"]
    ordered = _ask(client, "score.tier>2")
    assert ordered["errors"][0]["code"] == "unknown_operator"
    cells = _ask(client, "everyone", "breakdowns", by=["score:tier"])
    found = {one["values"][0]: one["count"] for one in cells["states"][0]["cells"]}
    assert (found["high"], found["low"]) == (3, 1)


def test_a_histogram(cast: Cast, client_of: ClientOf, turnout: UUID) -> None:
    client = client_of(cast.campaign)
    upload(
        cast.campaign,
        turnout,
        [f"{sid(1000)},100", f"{sid(1001)},99", f"{sid(1002)},7.5"],
    )
    for steps, expected in (
        ({}, {0: 1, 90: 2}),
        ({"score:turnout": 25}, {0: 1, 75: 2}),
        ({"score:turnout": 2.5}, {7.5: 1, 97.5: 2}),
    ):
        asked = _ask(
            client, "score.turnout:*", "breakdowns", by=["score:turnout"], steps=steps
        )
        cells = asked["states"][0]["cells"]
        assert {one["values"][0]: one["count"] for one in cells} == expected
    wide = {"score:turnout": 900}
    wrong = _ask(client, None, "breakdowns", by=["score:turnout"], steps=wide)
    assert wrong["code"] == "step_invalid"


def test_another_organizations_set_is_unknown_to_the_owner_too(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    for who in (cast.ohio, cast.rival, cast.committee):
        client = client_of(who)
        real = _ask(client, "score.turnout>=70")
        absent = _ask(client, "score.turnour>=70")
        assert real["code"] == absent["code"] == "unknown_field"
        assert real["detail"].replace("turnout", "…") == absent["detail"].replace(
            "turnour", "…"
        )
        for path in ("criteria/parse", "samples"):
            assert _ask(client, "score.turnout>=70", path)["code"] == "unknown_field"
        axes = _ask(client, None, "breakdowns", by=["score:turnout"])
        assert axes["code"] == "unknown_field"
        names = [one["name"] for one in client.get("/v1/fields").json()["results"]]
        assert not any(name.startswith("score:") for name in names)
        assert client.get("/v1/score-sets").json()["results"] == []


def test_a_typo_is_mended_from_ones_own_sets(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    wrong = _ask(client_of(cast.campaign), "score.turnot>=70")
    assert "Did you mean score:turnout?" in wrong["errors"][0]["detail"]


def test_fields_names_ones_own_sets(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    fields = client_of(cast.campaign).get("/v1/fields").json()["results"]
    (shown,) = (one for one in fields if one["group"] == "scores")
    assert (shown["name"], shown["kind"]) == ("score:turnout", "number")
    assert shown["identifying"] is True
    assert shown["licensed"]["read"] == ["OH"]


def test_a_share_shows_what_the_receivers_own_grant_covers_until_it_ends(
    cast: Cast, client_of: ClientOf
) -> None:
    made = declare(cast.ohio, "turnout")
    upload(cast.ohio, made, scores_of([*range(1000, 1010), *range(2000, 2020)], 70))
    share = share_set(set_id=made, receiver=cast.campaign.organization, by=cast.ohio)
    client = client_of(cast.campaign)
    (shown,) = client.get("/v1/score-sets").json()["results"]
    assert (shown["name"], shown["mine"]) == ("ohio_state_party.turnout", False)
    assert shown["uploader"] == "Ohio State Party"
    asked = "score.ohio_state_party.turnout>=70"
    assert _ask(client, asked)["count"] == 10
    assert _ask(client_of(cast.rival), asked)["code"] == "unknown_field"
    assert client.get(f"/v1/score-sets/{made}/uploads").status_code == 404
    assert client.get(f"/v1/score-sets/{made}/shares").status_code == 404
    assert client.delete(f"/v1/score-sets/{made}").status_code == 404
    end_share(share_id=share.id, by=cast.ohio)
    assert _ask(client, asked)["code"] == "unknown_field"
    assert client.get("/v1/score-sets").json()["results"] == []


def test_sharing_over_http(cast: Cast, client_of: ClientOf, turnout: UUID) -> None:
    client = client_of(cast.campaign)
    shares = f"/v1/score-sets/{turnout}/shares"
    body = {"organization": str(cast.committee.organization)}
    made = client.post(shares, body, format="json")
    assert (made.status_code, made.json()["name"]) == (201, "National Committee")
    assert client.post(shares, body, format="json").json()["id"] == made.json()["id"]
    (listed,) = client.get(shares).json()["results"]
    assert listed["organization"] == body["organization"]
    itself = {"organization": str(cast.campaign.organization)}
    refused = client.post(shares, itself, format="json").json()
    assert refused["code"] == "score_shared_with_self"
    receiver = client_of(cast.committee)
    assert len(receiver.get("/v1/score-sets").json()["results"]) == 1
    end = f"/v1/score-shares/{made.json()['id']}"
    assert receiver.delete(end).status_code == 404
    assert client.delete(end).status_code == 204
    assert receiver.get("/v1/score-sets").json()["results"] == []
    assert client.delete(f"/v1/score-sets/{turnout}").status_code == 204
    assert _ask(client, "score.turnout>=70")["code"] == "unknown_field"


def test_names_of_shared_sets_never_change_hands(cast: Cast) -> None:
    mine = declare(cast.campaign, "turnout")
    theirs = declare(cast.ohio, "turnout")
    share_set(set_id=theirs, receiver=cast.campaign.organization, by=cast.ohio)
    with acting_as(cast.campaign, Action.READ):
        found = known_sets(organization=cast.campaign.organization)
    assert [(one.name, one.id) for one in found] == [
        ("turnout", mine),
        ("ohio_state_party.turnout", theirs),
    ]


def test_who_may_only_count_cannot_ask_by_scores(
    cast: Cast, client_of: ClientOf
) -> None:
    made = declare(cast.ohio, "turnout")
    upload(cast.ohio, made, scores_of(range(1000, 1040), 70))
    grant("OH", cast.ohio, cast.stranger, actions=["count"])
    share_set(set_id=made, receiver=cast.stranger.organization, by=cast.ohio)
    client = client_of(cast.stranger)
    refused = _ask(client, "score.ohio_state_party.turnout>=70")
    assert refused["code"] == "identifying_criteria"
    by = ["score:ohio_state_party.turnout"]
    cells = _ask(client, None, "breakdowns", by=by)
    assert cells["code"] == "identifying_criteria"


def _export(client: APIClient, by: Actor, saved: str, columns: list[str]) -> list[Any]:
    made = client.post(
        "/v1/exports", {"list": saved, "columns": columns}, format="json"
    ).json()
    download = start_download(Link(by, UUID(made["id"])))
    chunk = first_chunk(download)
    body = chunk.body
    while chunk.after is not None:
        chunk = next_chunk(download, chunk.after)
        body += chunk.body
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_lists_and_exports_show_scores_and_rest_on_them(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    client = client_of(cast.campaign)
    saved = client.post(
        "/v1/lists",
        {"name": "Likely", "kind": "live", "criteria": "score.turnout>=70"},
        format="json",
    ).json()["id"]
    page = client.get(f"/v1/lists/{saved}/voters?columns=last_name,score:turnout")
    rows = page.json()["results"]
    assert [one["score:turnout"] for one in rows] == [80.5] * 10
    lines = _export(client, cast.campaign, saved, ["score:turnout"])
    assert {one["score:turnout"] for one in lines} == {"80.5"}
    assert len(lines) == 10
    upload(cast.campaign, turnout, scores_of([1030], 90))
    (row,) = client.get(f"/v1/lists/{saved}/voters").json()["results"]
    assert row["id"] == voter_id("OH", voter_uuid("OH", 1030))
    unknown = client.get(f"/v1/lists/{saved}/voters?columns=score:nothing").json()
    assert unknown["errors"][0]["code"] == "unknown_field"


def test_the_owners_account_names_no_score(
    cast: Cast, client_of: ClientOf, turnout: UUID
) -> None:
    client = client_of(cast.campaign)
    _ask(client, "score.turnout>=70")
    _ask(client, None, "breakdowns", by=["score:turnout"])
    client.post(
        "/v1/samples",
        {"criteria": "score.turnout>=70", "size": 2, "columns": ["score:turnout"]},
        format="json",
    )
    test_lists_and_exports_show_scores_and_rest_on_them(cast, client_of, turnout)
    with acting_as(cast.ohio, Action.MANAGE):
        entries = list(Entry.objects.filter(organization=cast.campaign.organization))
    assert len(entries) > 5
    told = [repr(vars(one)) for one in entries]
    assert not any("turnout" in one or "score:" in one for one in told)
    assert not any("scores" in one.groups for one in entries)
