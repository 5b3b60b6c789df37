"""Whoever contributes without reading learns of no voter whether it is there."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import NotFound
from coop.ledger.models import Entry
from states.canvass.amending import correct_contact, retract_contact
from states.canvass.blind import settle_unmatched, waiting_in
from states.canvass.models import Contact, InboxItem, Standing, UnmatchedContact
from states.voters.ids import voter_id
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, machine, push, push_and_apply
from tests.cast import Cast, grant, voter_uuid
from tests.database.surfaces import counted

DESCRIBED = {
    "state": "OH",
    "first_name": "Ada",
    "last_name": "Smith",
    "birth_year": 1960,
}


@pytest.fixture
def blind(cast: Cast) -> Cast:
    """The cast, with a stranger who may contribute and count in the third district, and read nothing."""
    where: dict[str, Any] = {"us_house_districts": ["3"]}
    writes: dict[str, Any] = {"actions": ["contribute"], "groups": ["contacts"]}
    counts: dict[str, Any] = {"actions": ["count"], "groups": ["registration"]}
    grant("OH", cast.ohio, cast.stranger, pool="at_once", **writes, **where)
    grant("OH", cast.ohio, cast.stranger, **counts, **where)
    return cast


def probes(cast: Cast) -> dict[str, Any]:
    """Return who might be named: there, absent, outside the grant, protected, gone, described."""
    return {
        "there": voter_id("OH", cast.places[1][0]),
        "there by the state": {"state": "OH", "state_voter_id": "OH00000001001"},
        "there by the county": {
            "state": "OH",
            "county": "39049",
            "county_voter_id": "1002",
        },
        "absent": voter_id("OH", uuid4()),
        "absent by the state": {"state": "OH", "state_voter_id": "OH00000009999"},
        "outside": voter_id("OH", cast.places[4][0]),
        "protected": voter_id("OH", voter_uuid("OH", 1)),
        "gone": voter_id("OH", voter_uuid("OH", 2)),
        "described": DESCRIBED,
        "phone": {"state": "OH", "phone": "+16145550100"},
    }


def masked(answer: Any, *ids: str) -> Any:
    """Return an answer as text, with the ids that each call makes anew masked, length kept."""
    text = json.dumps(answer, sort_keys=True)
    for one in ids:
        text = text.replace(one, "*" * len(one))
    return text


def test_every_push_is_answered_alike_and_told_of_alike(blind: Cast) -> None:
    client = client_of(blind.stranger)
    told = {}
    for name, voter in probes(blind).items():
        sent = {"event_id": "e-" + uuid4().hex, "voter": voter, "contact_type": "walk"}
        sent |= {
            "support": 2,
            "suppressions": ["call"],
            "occurred_at": "2026-11-01T10:00:00Z",
        }
        answer = client.post("/v1/contacts", sent, "json")
        assert answer.status_code == 202, answer.content
        pushed = answer.json()
        assert client.post("/v1/contacts", sent, "json").json()["duplicate"] == 1
        drain()
        contact, receipt = pushed["results"][0]["id"], pushed["receipt"]
        one = client.get(f"/v1/contacts/{contact}").json()
        got = client.get(f"/v1/receipts/{receipt}").json()
        ids = (contact, receipt, sent["event_id"], one["received_at"])
        assert one["received_at"] == got["received_at"]
        told[name] = [masked(each, *ids) for each in (pushed, one, got)]
    assert len({json.dumps(one) for one in told.values()}) == 1, told


def test_nothing_else_tells_either(blind: Cast) -> None:
    client = client_of(blind.stranger)
    known = blind.places[1][0]

    def everything() -> Any:
        paths = (
            f"/v1/contacts?voter={voter_id('OH', known)}",
            "/v1/contacts/set-aside?state=OH",
            "/v1/suppression-assertions?state=OH",
            f"/v1/suppressions?voter={voter_id('OH', known)}",
            "/v1/changes?state=OH",
        )
        answers = [client.get(path).json() for path in paths]
        with acting_as(blind.stranger, Action.MANAGE):
            account = [
                (one.event, one.rows, one.state)
                for one in Entry.objects.order_by("at")
                if one.event.startswith("canvass")
            ]
        counts = [counted(blind.stranger, table="canvass_standing")]
        answers[-1]["next"] = ""
        return answers, account, counts

    before, account, counts = everything()
    for voter in blind.places[1][:12]:
        push(blind.stranger, body(voter, result_code="do_not_call"))
    drain()
    after, more, again = everything()
    assert (after, again) == (before, counts)
    assert more == account + [("canvass:contact:pushed", 1, "OH")] * 12
    with acting_as(blind.ohio, Action.READ):
        assert Contact.objects.filter(state="OH").count() == 12


@pytest.mark.parametrize("action", Action)
def test_sql_typed_in_ones_own_scope_tells_nothing(blind: Cast, action: Action) -> None:
    push_and_apply(blind.stranger, body(blind.places[1][0], result_code="moved"))
    tables = "inbox contact contact_detail standing suppression suppression_assertion"
    with acting_as(blind.stranger, action), connection.cursor() as cursor:
        for table in tables.split():
            if action is Action.APPLY:
                continue
            cursor.execute(f"SELECT count(*) FROM canvass_{table}")
            assert cursor.fetchone() == (0,), table
        cursor.execute(
            "SELECT count(*) FROM sec.contributable('OH', %s, '{}')",
            [blind.places[1]],
        )
        assert cursor.fetchone() == (0,)


def test_what_one_may_read_is_told_and_the_rest_waits(blind: Cast) -> None:
    grant(
        "OH",
        blind.ohio,
        blind.stranger,
        actions=["read"],
        groups=["registration"],
        counties=[39049],
    )
    grant(
        "OH",
        blind.ohio,
        blind.stranger,
        actions=["contribute"],
        groups=["contacts"],
        pool="held",
    )
    client = client_of(blind.stranger)
    (read,) = push_and_apply(blind.stranger, body(blind.places[1][0]))
    (hidden,) = push_and_apply(blind.stranger, body(blind.places[4][0]))
    (absent,) = push_and_apply(blind.stranger, body(uuid4()))
    assert client.get(f"/v1/contacts/{read}").json()["status"] == "applied"
    assert client.get(f"/v1/contacts/{hidden}").json()["status"] == "accepted"
    assert client.get(f"/v1/contacts/{absent}").json()["status"] == "accepted"


def test_the_owner_lists_what_waits_and_says_whom_it_is_about(blind: Cast) -> None:
    mine = body(blind.places[1][0], support=1, canvasser="team 7") | {
        "voter": DESCRIBED
    }
    contact = str(push(blind.stranger, mine).verdicts[0].contact)
    other = str(push(blind.stranger, body(uuid4())).verdicts[0].contact)
    owner = client_of(blind.ohio)
    listed = owner.get("/v1/unmatched-contacts?state=OH&limit=1").json()
    assert [one["id"] for one in listed["results"]] == [contact]
    assert listed["results"][0]["about"] == DESCRIBED
    assert listed["results"][0]["organization"] == str(blind.stranger.organization)
    more = owner.get(f"/v1/unmatched-contacts?state=OH&cursor={listed['next']}").json()
    assert [one["id"] for one in more["results"]] == [other]
    voter = blind.places[3][0]
    path = f"/v1/unmatched-contacts/{contact}"
    named = {"voter": voter_id("OH", voter)}
    assert (
        owner.post(
            f"{path}/resolve", {"voter": voter_id("OH", uuid4())}, "json"
        ).status_code
        == 404
    )
    assert owner.post(f"{path}/resolve", named, "json").status_code == 202
    assert owner.post(f"{path}/resolve", named, "json").status_code == 404
    assert owner.post(f"/v1/unmatched-contacts/{other}/dismiss").status_code == 204
    drain()
    with acting_as(blind.ohio, Action.READ):
        assert Contact.objects.get(state="OH").voter == voter
        assert Standing.objects.filter(state="OH", voter=voter, support=1).exists()
        assert waiting_in("OH", after=None, limit=9) == []
    blank = client_of(blind.stranger).get(f"/v1/contacts/{contact}").json()
    assert (blank["status"], blank["voter"]) == ("accepted", None)


def test_what_waits_is_the_owners_alone(blind: Cast) -> None:
    contact = str(push(blind.stranger, body(uuid4())).verdicts[0].contact)
    for who in ("carolina", "committee", "stranger", "outside_group"):
        actor = blind.everyone[who]
        with acting_as(actor, Action.READ):
            assert not UnmatchedContact.objects.filter(state="OH").exists()
        answer = client_of(actor).post(f"/v1/unmatched-contacts/{contact}/dismiss")
        assert answer.status_code == 404, who
    with pytest.raises(NotFound):
        settle_unmatched(
            state="NC",
            contact=uuid4(),
            voter=None,
            by=blind.carolina,
        )


def test_a_held_contact_that_waits_names_nobody(cast: Cast) -> None:
    terms: dict[str, Any] = {"actions": ["contribute"], "groups": ["contacts"]}
    grant("OH", cast.ohio, cast.stranger, pool="held", **terms)
    push(cast.stranger, body(uuid4()))
    (listed,) = (
        client_of(cast.ohio).get("/v1/unmatched-contacts?state=OH").json()["results"]
    )
    assert listed["organization"] is None


@pytest.mark.parametrize("there", [True, False])
def test_corrections_and_retractions_are_answered_alike_and_reach_it(
    blind: Cast, there: bool
) -> None:
    by = machine(blind.stranger)
    voter = blind.places[1][0]
    contact = str(
        push(by, body(voter if there else uuid4(), support=2)).verdicts[0].contact
    )
    drain()
    fix = {"event_id": "fix", "contact_type": "phone", "support": 5}
    fixed = correct_contact(contact=contact, told=fix, by=by)
    assert (fixed.contact, fixed.duplicate) == (contact, False)
    assert correct_contact(contact=contact, told=fix, by=by).id == fixed.id
    drain()
    with acting_as(blind.ohio, Action.READ):
        if there:
            assert Contact.objects.get(state="OH").support == 5
        else:
            assert UnmatchedContact.objects.get(state="OH").contact_type == 1
    retract_contact(contact=contact, event_id="gone", by=by)
    answer = client_of(blind.stranger).post(
        f"/v1/contacts/{contact}/retractions", {"event_id": "again"}, "json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_retracted")
    drain()
    with acting_as(blind.ohio, Action.READ):
        assert not Contact.objects.filter(state="OH").exists()
        assert waiting_in("OH", after=None, limit=9) == []


def test_a_test_credential_is_told_as_little_and_keeps_nothing(blind: Cast) -> None:
    client = client_of(blind.stranger, test=True)
    for voter in (blind.places[1][0], uuid4()):
        answer = client.post("/v1/contacts", body(voter), "json").json()
        assert (answer["accepted"], answer["results"][0]["id"]) == (1, None)
    with acting_as(blind.ohio, Action.READ):
        assert not UnmatchedContact.objects.filter(state="OH").exists()
    with acting_as(blind.stranger, Action.APPLY):
        assert not InboxItem.objects.filter(state="OH").exists()
