"""Lists that criteria rest on: one's own and shared ones, gone ones, cycles, and what nobody learns by them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.lists import resting
from states.lists.models import Kind, SavedList
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_cuts import _interrupted
from tests.lists.test_exports import order, path_of
from tests.lists.test_lists import DEMOCRATS, ClientOf, save, voters
from tests.lists.test_shares import shared


def ask(client: APIClient, criteria: Any, path: str = "counts", **more: Any) -> Any:
    return client.post(f"/v1/{path}", {"criteria": criteria, **more}, format="json")


def count(client: APIClient, criteria: Any) -> int:
    answer = ask(client, criteria, states=["OH"])
    assert answer.status_code == 200, answer.json()
    return int(answer.json()["count"])


def ids(client: APIClient, saved: dict[str, Any]) -> set[str]:
    return {row["id"] for row in voters(client, saved["id"], limit=200)}


def fault_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 422, answer.json()
    (fault,) = answer.json()["errors"]
    assert fault["code"] == answer.json()["code"]
    return dict(fault)


def test_lists_are_criteria_typed_and_in_the_tree_in_every_answer(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    pinned = save(client, "Pinned", criteria="age>40")
    live = save(client, "Live", kind="live", criteria=DEMOCRATS)
    some, democrats = ids(client, pinned), ids(client, live)
    here, there = f"list:{pinned['id']}", f"list:{live['id']}"
    for criteria, expected in (
        (here, some),
        (f"{here} {there}", some & democrats),
        (f"{here},{live['id']}", some | democrats),
        (f"{here} -{there}", some - democrats),
        (f"-({here} or {there})", None),
        ({"not": {"list": live["id"]}}, None),
        (
            {"all": [{"list": live["id"]}, {"not": {"list": pinned["id"]}}]},
            democrats - some,
        ),
    ):
        size = len(expected) if expected is not None else count(client, criteria)
        assert count(client, criteria) == size > 0
        made = save(client, f"{criteria}"[:110], criteria=criteria)
        assert expected is None or ids(client, made) == expected
    # Whoever has no party is not in the list of Democrats.
    assert count(client, {"not": {"list": live["id"]}}) == 80 - len(democrats)
    cells = ask(client, here, "breakdowns", by=["county"]).json()
    assert cells["states"][0]["count"] == len(some)
    assert len(ask(client, there, "samples", size=100).json()["results"]) == len(
        democrats
    )
    both = {
        "universes": [{"name": "a", "criteria": here}, {"name": "b", "criteria": there}]
    }
    answer = client.post("/v1/overlaps", both, format="json").json()
    assert answer["states"][0]["parts"][0]["count"] == len(some & democrats)
    households = ask(client, here, figures=["households"]).json()["states"][0]
    assert households["count"] == len(some)


def test_a_live_list_over_lists_follows_them_and_shows_what_it_rests_on(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    first = save(client, "Democrats", criteria=DEMOCRATS)
    middle = save(
        client, "Middle", kind="live", criteria="age>30", exclude_lists=[first["id"]]
    )
    top = save(client, "Top", kind="live", criteria=f"list:{middle['id']} -party:R")
    assert top["criteria"]["all"][0] == {"list": middle["id"]}
    assert ids(client, top) == ids(
        client, save(client, "Same", criteria=f"age>30 -list:{first['id']} -party:R")
    )
    parsed = ask(client, f"LIST:{top['id']}", "criteria/parse").json()
    assert parsed["text"] == f"list:{top['id']}"
    assert parsed["tree"] == {"list": top["id"]}
    assert parsed["fields"] == ["age", "party"]
    assert parsed["groups"] == ["demographics", "registration"]
    assert client.delete(f"/v1/lists/{first['id']}").status_code == 204
    for answer in (
        client.get(f"/v1/lists/{top['id']}/voters"),
        client.get(f"/v1/lists/{middle['id']}/count"),
        ask(client, f"list:{top['id']}"),
    ):
        fault = fault_of(answer)
        assert fault["code"] == "list_unknown"
        assert first["id"] in fault["detail"]


def test_a_list_that_is_not_there_is_named_where_it_was_typed(
    cast: Cast, client_of: ClientOf
) -> None:
    client, other = client_of(cast.campaign), client_of(cast.rival)
    hidden = save(other)["id"]
    details = []
    for one in (hidden, str(uuid4())):
        for path, more in (
            ("counts", {}),
            ("samples", {"size": 5}),
            ("breakdowns", {"by": ["party"]}),
            ("lists", {"name": "No"}),
            ("criteria/parse", {}),
        ):
            fault = fault_of(ask(client, f"party:D\n  -list:{one}", path, **more))
            assert fault["code"] == "list_unknown"
            assert (fault["pointer"], fault["line"], fault["column"]) == (
                "/criteria",
                2,
                9,
            )
        tree = {"all": [{"field": "party", "op": "eq", "value": "D"}, {"list": one}]}
        fault = fault_of(ask(client, tree))
        assert fault["pointer"] == "/criteria/all/1/list"
        details.append(fault["detail"].replace(one, "…"))
    assert details[0] == details[1]
    universes = [{"name": "a"}, {"name": "b", "criteria": {"list": hidden}}]
    answer = client.post("/v1/overlaps", {"universes": universes}, format="json")
    assert fault_of(answer)["pointer"] == "/universes/1/criteria/list"


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ({"list": "walk"}, "value_type"),
        ({"list": 7}, "value_type"),
        ({"list": None}, "value_type"),
        ({"list": ["x"]}, "value_type"),
        ({"list": str(uuid4()), "all": []}, "criteria_shape"),
        ({"field": "list", "op": "eq", "value": str(uuid4())}, "unknown_field"),
        ("list:walk", "value_type"),
        ("list:*", "value_type"),
        ("list:wal*", "value_type"),
        ("list>3", "value_type"),
        ("list:1..2", "value_type"),
    ],
)
def test_what_names_no_list_is_told(
    cast: Cast, client_of: ClientOf, criteria: Any, code: str
) -> None:
    answer = ask(client_of(cast.campaign), criteria)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code, answer.json()


def _enter(by: Actor, list_id: UUID, criteria: Any) -> None:
    """Enter a live list as the actions never would."""
    with acting_as(by, Action.READ):
        SavedList(
            id=list_id,
            organization=by.organization,
            name=str(list_id),
            kind=Kind.LIVE,
            criteria=criteria,
            states=["OH"],
            created_by=by.principal,
            created_at=timezone.now(),
        ).save(force_insert=True)


def test_lists_that_rest_on_each_other_in_a_circle_are_refused(
    cast: Cast, client_of: ClientOf
) -> None:
    client, (one, two) = client_of(cast.campaign), (uuid4(), uuid4())
    _enter(cast.campaign, one, {"not": {"list": str(two)}})
    _enter(cast.campaign, two, {"list": str(one)})
    for answer in (ask(client, f"list:{one}"), client.get(f"/v1/lists/{two}/voters")):
        fault = fault_of(answer)
        assert fault["code"] == "list_cycle"
        assert "rests on itself" in fault["detail"]


def test_depth_and_size_of_what_lists_rest_on_are_bounded(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, "0", kind="live", criteria="party:D")
    for level in range(1, resting.MAX_DEEP):
        saved = save(client, f"{level}", kind="live", criteria=f"list:{saved['id']}")
    assert count(client, f"list:{saved['id']}") == count(client, "party:D")
    deeper = save(client, "Deeper", kind="live", criteria=f"list:{saved['id']}")
    assert fault_of(ask(client, f"list:{deeper['id']}"))["code"] == "list_too_deep"
    wide = save(client, "Wide", kind="live", criteria=" ".join(["age>1"] * 190))
    many = " or ".join([f"list:{wide['id']}"] * 9)
    assert fault_of(ask(client, many))["code"] == "criteria_too_large"
    refused = ask(client, many, "lists", name="Many", kind="live")
    assert fault_of(refused)["code"] == "criteria_too_large"


def test_a_list_has_nobody_in_another_state(cast: Cast, client_of: ClientOf) -> None:
    grant("NC", cast.carolina, cast.committee, actions=["count", "read"])
    client = client_of(cast.committee)
    for kind in ("pinned", "live"):
        saved = save(client, kind, kind=kind, states=["OH"], criteria="status:active")
        found = ask(client, f"list:{saved['id']}").json()
        assert [one["state"] for one in found["states"]] == ["NC", "OH"]
        assert found["states"][0]["count"] == 0 < found["states"][1]["count"]
        rest = ask(client, f"-list:{saved['id']}", states=["NC"]).json()
        assert rest["count"] == 120


def test_a_shared_list_is_a_criterion_until_its_share_ends(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    theirs = save(owner, "Not to be visited", states=["OH"], criteria=DEMOCRATS)
    share_id = shared(owner, theirs["id"], cast.campaign)
    mine = save(receiver, "Doors", kind="live", criteria=f"-list:{theirs['id']}")
    left_out = save(receiver, "Same", kind="live", exclude_lists=[theirs["id"]])
    seen = ids(receiver, mine)
    assert seen == ids(receiver, left_out)
    assert 0 < len(seen) < 80
    assert owner.delete(f"/v1/shares/{share_id}").status_code == 204
    absent = save(receiver, "Absent", kind="live")
    receiver.delete(f"/v1/lists/{absent['id']}")
    gone = fault_of(ask(receiver, f"list:{absent['id']}"))["detail"]
    for answer in (
        receiver.get(f"/v1/lists/{mine['id']}/voters"),
        receiver.get(f"/v1/lists/{left_out['id']}/count"),
        receiver.post(f"/v1/lists/{mine['id']}/pulls", {}, format="json"),
        receiver.post("/v1/exports", {"list": mine["id"]}, format="json"),
        ask(receiver, f"-list:{theirs['id']}"),
    ):
        fault = fault_of(answer)
        assert fault["code"] == "list_unknown"
        assert fault["detail"] == gone.replace(absent["id"], theirs["id"])
    shared(owner, theirs["id"], cast.campaign)
    assert ids(receiver, mine) == seen


def test_the_end_of_a_share_cuts_a_running_download_of_what_rests_on_it(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    theirs = save(owner, "Not to be visited", states=["OH"], criteria=DEMOCRATS)
    share_id = shared(owner, theirs["id"], cast.campaign)
    mine = save(receiver, "Doors", kind="live", criteria=f"-list:{theirs['id']}")
    democrats = ids(receiver, theirs)
    ordered = order(receiver, mine["id"])

    def end() -> None:
        assert owner.delete(f"/v1/shares/{share_id}").status_code == 204

    parts = async_to_sync(_interrupted)(path_of(ordered), end)
    text = b"".join(parts).decode()
    assert 0 < text.count("OH-") <= 16
    assert not any(one in text for one in democrats)
    refused = receiver.get(path_of(ordered))
    assert (refused.status_code, refused.json()["code"]) == (422, "list_unknown")


def test_who_may_only_count_asks_about_no_list(cast: Cast, client_of: ClientOf) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["count"])
    grant("OH", cast.ohio, cast.stranger, actions=["read"], counties=[39061])
    client = client_of(cast.stranger)
    for kind in ("pinned", "live"):
        saved = save(client, kind, kind=kind, criteria="party:D")
        for criteria in (f"list:{saved['id']}", f"-list:{saved['id']} party:R"):
            for path, more in (("counts", {}), ("breakdowns", {"by": ["party"]})):
                refused = ask(client, criteria, path, **more)
                assert refused.status_code == 403
                assert refused.json()["code"] == "identifying_criteria"
                assert refused.json()["fields"] == ["list"]
        # What it may read it reads, through lists too.
        over = save(client, f"Over {kind}", criteria=f"list:{saved['id']}")
        assert ids(client, over) == ids(client, saved)


def test_a_list_on_ballots_asks_about_the_ballots_that_it_means_itself(
    cast: Cast, client_of: ClientOf
) -> None:
    more = {"actions": ["count", "read"], "groups": ["registration", "ballots"]}
    grant("OH", cast.ohio, cast.stranger, **more)
    client = client_of(cast.stranger)
    named = 'ballot_election:"2026-11-03 general"'
    sent = save(client, "Sent", kind="live", criteria=f"{named} ballot_status:sent")
    assert count(client, f"list:{sent['id']}") == len(voters(client, sent["id"])) > 0
    assert count(client, f"{named} list:{sent['id']}") == len(
        voters(client, sent["id"])
    )
    assert count(client, f"-ballot_status:* list:{sent['id']}") == len(
        voters(
            client,
            save(client, "None", criteria=f"-ballot_status:* list:{sent['id']}")["id"],
        )
    )
