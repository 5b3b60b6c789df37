"""Shares of live lists that rest on score sets and lists: with those, or not found."""

from __future__ import annotations

from states.scores.actions import end_share, share_set
from tests.cast import Cast
from tests.lists.test_lists import DEMOCRATS, ClientOf, save, voters
from tests.lists.test_resting import ask, count, fault_of, ids
from tests.lists.test_shares import share, shared
from tests.scores.conftest import declare, scores_of, storage, upload

__all__ = ["storage"]


def test_lists_that_rest_on_scores_are_shared_with_the_set(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    made = declare(cast.committee)
    upload(
        cast.committee, made, scores_of([*range(1000, 1010), *range(4000, 4010)], 80)
    )
    live = save(
        owner, "Likely", kind="live", criteria="score.turnout>=70 age>0", states=["OH"]
    )
    pinned = save(owner, "Pinned", criteria="score.turnout>=70", states=["OH"])
    refused = share(owner, live["id"], cast.campaign)
    assert (refused.status_code, refused.json()["code"]) == (
        409,
        "share_rests_on_unshared",
    )
    assert refused.json()["score_sets"] == ["turnout"]
    assert refused.json()["lists"] == []
    assert "age" not in refused.json()["detail"]
    # The voters of a pinned list stand by themselves; how they were chosen is not told.
    shared(owner, pinned["id"], cast.campaign)
    (seen,) = receiver.get("/v1/shared-lists").json()["results"]
    assert seen["criteria"] is None
    assert len(voters(receiver, pinned["id"])) == 10
    given = share_set(
        set_id=made, receiver=cast.campaign.organization, by=cast.committee
    )
    shared(owner, live["id"], cast.campaign)
    found = {
        one["name"]: one for one in receiver.get("/v1/shared-lists").json()["results"]
    }
    name = "score:national_committee.turnout"
    assert found["Likely"]["criteria"]["all"][0]["field"] == name
    assert found["Pinned"]["criteria"]["field"] == name
    assert len(voters(receiver, live["id"])) == 10
    assert count(receiver, f"list:{live['id']} -list:{pinned['id']}") == 0
    assert len(voters(owner, live["id"])) == 20
    end_share(share_id=given.id, by=cast.committee)
    assert receiver.get(f"/v1/lists/{live['id']}/voters").status_code == 404
    assert fault_of(ask(receiver, f"list:{live['id']}"))["code"] == "list_unknown"
    (left,) = receiver.get("/v1/shared-lists").json()["results"]
    assert (left["id"], left["criteria"]) == (pinned["id"], None)


def test_lists_that_rest_on_lists_are_shared_with_them(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    skip = save(owner, "Skip", states=["OH"], criteria=DEMOCRATS)
    inner = save(owner, "Inner", kind="live", states=["OH"], exclude_lists=[skip["id"]])
    outer = save(
        owner,
        "Outer",
        kind="live",
        states=["OH"],
        criteria=f"list:{inner['id']} age>20",
    )
    refused = share(owner, outer["id"], cast.campaign)
    assert (refused.status_code, refused.json()["code"]) == (
        409,
        "share_rests_on_unshared",
    )
    assert refused.json()["lists"] == sorted([inner["id"], skip["id"]])
    skipped = shared(owner, skip["id"], cast.campaign)
    shared(owner, inner["id"], cast.campaign)
    shared(owner, outer["id"], cast.campaign)
    expected = ids(receiver, inner)
    assert expected.isdisjoint(ids(receiver, skip))
    assert ids(receiver, outer) <= expected
    assert {
        one["name"] for one in receiver.get("/v1/shared-lists").json()["results"]
    } == {
        "Skip",
        "Inner",
        "Outer",
    }
    owner.delete(f"/v1/shares/{skipped}")
    assert receiver.get("/v1/shared-lists").json()["results"] == []
    for one in (inner, outer):
        assert receiver.get(f"/v1/lists/{one['id']}/count").status_code == 404
    assert ids(owner, outer)


def test_what_rests_on_a_third_organizations_list_is_found_by_who_has_that_too(
    cast: Cast, client_of: ClientOf
) -> None:
    third, owner = client_of(cast.ohio), client_of(cast.committee)
    theirs = save(third, "Of the party", states=["OH"], criteria=DEMOCRATS)
    shared(third, theirs["id"], cast.committee)
    live = save(
        owner, "Rest", kind="live", states=["OH"], criteria=f"-list:{theirs['id']}"
    )
    # Whether the party shares its list with them is none of the sharer's business: both look alike.
    shared(third, theirs["id"], cast.campaign)
    answers = [share(owner, live["id"], one) for one in (cast.campaign, cast.rival)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json().keys() == answers[1].json().keys()
    assert 0 < len(voters(client_of(cast.campaign), live["id"])) < 80
    rival = client_of(cast.rival)
    assert rival.get("/v1/shared-lists").json()["results"] == []
    assert rival.get(f"/v1/lists/{live['id']}/voters").status_code == 404
    assert theirs["id"] not in str(ask(rival, f"list:{live['id']}").json())


def test_a_share_with_one_person_rests_on_what_is_shared_with_that_person(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, person = client_of(cast.committee), str(cast.campaign.principal)
    inner = save(owner, "Inner", states=["OH"])
    outer = save(
        owner, "Outer", kind="live", states=["OH"], criteria=f"list:{inner['id']}"
    )
    shared(owner, inner["id"], cast.campaign, member=person)
    refused = share(owner, outer["id"], cast.campaign)
    assert refused.json()["code"] == "share_rests_on_unshared"
    shared(owner, outer["id"], cast.campaign, member=person)
    assert client_of(cast.campaign).get("/v1/shared-lists").json()["results"] == []
