"""What was revoked or protected between two steps with a list shows at the second: pulls, parts, combinations, shares."""

from __future__ import annotations

from typing import Any

from coop.actors import Actor
from coop.grants.actions import revoke_grant
from tests.cast import Cast, grant
from tests.lists.test_lists import ClientOf, save, voters
from tests.lists.test_pulls import ids, pull
from tests.lists.test_shares import shared

READS: dict[str, Any] = {"actions": ["count", "read", "export"]}


def _wide_then_narrow(cast: Cast, by: Actor) -> Any:
    """License the stranger for all of Ohio; return what narrows that to one county."""
    wide = grant("OH", cast.ohio, by, **READS)

    def narrow() -> None:
        revoke_grant(grant=wide.id, reason="Too wide.", by=cast.ohio)
        grant("OH", cast.ohio, by, counties=[39061], **READS)

    return narrow


def _ids(rows: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in rows}


def test_a_narrower_license_between_two_pulls_makes_voters_leave(
    cast: Cast, client_of: ClientOf
) -> None:
    narrow = _wide_then_narrow(cast, cast.stranger)
    client = client_of(cast.stranger)
    live = save(client, "All", kind="live", states=["OH"])
    pinned = save(client, "Then", states=["OH"])
    firsts = [pull(client, one["id"]) for one in (live, pinned)]
    assert {one["count"] for one in firsts} == {200}
    narrow()
    remain = _ids(voters(client, live["id"]))
    assert 0 < len(remain) < 200
    for one in (live, pinned):
        second = pull(client, one["id"])
        assert second["count"] == len(remain)
        assert second["joined"] == 0
        left = ids(client, second["id"], "left")
        assert len(left) == second["left"] == 200 - len(remain)
        assert not remain & set(left)
        assert ids(client, second["id"], "joined") == []
    # What joined with the first pull is shown as far as it is licensed now.
    again = pull(client, live["id"], "another")
    assert set(ids(client, again["id"], "joined")) == remain


def test_parts_and_combinations_are_read_by_the_license_of_the_moment(
    cast: Cast, client_of: ClientOf
) -> None:
    narrow = _wide_then_narrow(cast, cast.stranger)
    client = client_of(cast.stranger)
    saved = save(client, "All", states=["OH"])
    body = {"name": "Part", "parts": 3, "seed": 5, "stratify": "party"}
    made = client.post(f"/v1/lists/{saved['id']}/split", body, format="json").json()
    parts = [one["id"] for one in made["results"]]
    union = client.post(
        "/v1/lists/combine",
        {"name": "Both", "operation": "union", "lists": parts[:2]},
        format="json",
    ).json()["id"]
    before = [_ids(voters(client, one)) for one in parts]
    assert sum(map(len, before)) == len(set.union(*before)) == 200
    narrow()
    remain = _ids(voters(client, saved["id"]))
    assert 0 < len(remain) < 200
    now = [_ids(voters(client, one)) for one in parts]
    assert now == [one & remain for one in before]
    assert _ids(voters(client, union)) == now[0] | now[1]
    again = client.post(
        f"/v1/lists/{saved['id']}/split", body | {"name": "Later"}, format="json"
    ).json()
    dealt = [_ids(voters(client, one["id"])) for one in again["results"]]
    assert set.union(*dealt) == remain
    sizes = [len(one) for one in dealt]
    assert sum(sizes) == len(remain)


def test_no_step_with_a_shared_list_outlives_its_share(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    saved = save(owner, states=["OH"])
    share = shared(owner, saved["id"], cast.campaign)
    first = pull(receiver, saved["id"])
    page = receiver.get(f"/v1/lists/{saved['id']}/voters", {"limit": 7}).json()
    resting = save(
        receiver,
        "But those",
        kind="live",
        criteria={"not": {"list": saved["id"]}},
        states=["OH"],
    )
    assert receiver.get(f"/v1/lists/{resting['id']}/count").status_code == 200
    assert owner.delete(f"/v1/shares/{share}").status_code == 204
    for method, address, query in (
        ("get", f"lists/{saved['id']}/voters", {"cursor": page["next"], "limit": 7}),
        ("get", f"lists/{saved['id']}/count", {}),
        ("get", f"lists/{saved['id']}/pulls", {}),
        ("post", f"lists/{saved['id']}/pulls", {}),
        ("get", f"pulls/{first['id']}/joined", {}),
        ("get", f"pulls/{first['id']}/left", {}),
    ):
        answer = getattr(receiver, method)(f"/v1/{address}", query, format="json")
        assert answer.status_code == 404, address
    # Whoever is left out by it must not come in.
    answer = receiver.get(f"/v1/lists/{resting['id']}/count")
    assert (answer.status_code, answer.json()["code"]) == (422, "list_unknown")
    shared(owner, saved["id"], cast.campaign)
    second = pull(receiver, saved["id"])
    assert (second["number"], second["joined"], second["left"]) == (2, 0, 0)
