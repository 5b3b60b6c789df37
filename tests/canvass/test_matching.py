"""Described voters: told apart with a margin among those one may read, or not at all."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from benchmarks.labeled_people import invent_people, labeled_descriptions
from benchmarks.matching import judge
from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Invalid
from coop.grants.models import Grant
from coop.ledger.models import Entry
from states.canvass.candidates import Block, Candidate
from states.canvass.items import parse_item
from states.canvass.matching import Outcome, decide
from states.canvass.models import InboxItem
from states.canvass.nicknames import address_start, plain_address
from states.canvass.references import Description
from states.canvass.resembling import likeness
from states.voters.models import ContactDetails, Demographics, Registration
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, push
from tests.cast import Cast, grant, voter_uuid

BORN = {"first_name": "Robert", "last_name": "Alvarez", "birth_date": "1961-03-04"}


def told(**members: Any) -> Description:
    return Description(**(BORN | {"address": "12 Elm Street"} | members))


def known(number: int = 1, **members: Any) -> Candidate:
    standard = {
        "first_name": "ROBERT",
        "last_name": "ALVAREZ",
        "birth_date": "1961-03-04",
        "address": "12 ELM ST",
    }
    return Candidate(UUID(int=number), 1, standard | members)


def block(*candidates: Candidate) -> Block:
    return Block(list(candidates), {one.voter for one in candidates})


@pytest.mark.parametrize(
    "worn",
    [
        {},
        {"first_name": "Bob"},
        {"first_name": "Robret"},
        {"last_name": "Alvares"},
        {"last_name": "Fairweather"},
        {"birth_date": "1961-04-03"},
        {"birth_date": None, "birth_year": 1961},
        {"birth_date": None},
        {"address": "9 Quarry Lane"},
        {"address": None},
        {"address": "12 ELM ST APT 4"},
        {"middle_name": "Q"},
    ],
)
def test_one_voter_is_found_through_wear(worn: dict[str, Any]) -> None:
    found = decide(
        told(**worn), block(known(), known(2, last_name="OKAFOR", address="9 OAK ST"))
    )
    assert (found.outcome, found.voter) == (Outcome.MATCH, UUID(int=1))
    assert found.best is not None
    assert found.best.probability > 0.99


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "DANA"},
        {"birth_date": "1990-03-09"},
        {"suffix": "JR"},
        {"last_name": "OKAFOR", "address": "9 QUARRY LN", "birth_date": None},
    ],
)
def test_a_relative_is_another_person(other: dict[str, Any]) -> None:
    found = decide(told(suffix="SR"), block(known(1, **other)))
    assert (found.outcome, found.voter) == (Outcome.NONE, None)


def test_whoever_two_voters_could_be_is_refused() -> None:
    father, son = known(1, birth_date=None), known(2, birth_date=None, suffix="JR")
    assert decide(told(), block(father, son)).outcome is Outcome.AMBIGUOUS
    son = known(2, birth_date="1990-01-01")
    assert decide(told(), block(father, son)).voter == father.voter


def test_a_match_out_of_a_block_that_is_full_is_refused() -> None:
    full = Block([known()], set())
    assert decide(told(), full).outcome is Outcome.AMBIGUOUS


def test_a_phone_alone_is_one_voters_or_nobodys() -> None:
    phone = Description(phone="+16145550100")
    one, other = (known(n, phone="+16145550100") for n in (1, 2))
    assert decide(phone, block(one)).voter == one.voter
    assert decide(phone, block(one, other)).outcome is Outcome.AMBIGUOUS
    assert decide(phone, block()).outcome is Outcome.NONE


def test_each_reason_names_its_level_and_weight() -> None:
    found = likeness(
        {"last_name": "Alvarez", "zip5": "43001-1234"},
        {**known().known, "zip5": "43001"},
    )
    assert [(one.field, one.level) for one in found.reasons] == [
        ("last_name", "exact"),
        ("residence", "zip"),
    ]
    assert all(one.bits > 0 for one in found.reasons)


def test_addresses_are_compared_as_the_mail_writes_them() -> None:
    assert plain_address("12 North Elm Street, Apt. 4") == "12 N ELM ST"
    assert address_start("12 N. Elm St #4") == "12 ELM"
    assert address_start("Rural Route 4") is None


@pytest.mark.parametrize(
    ("voter", "code"),
    [
        ({"state": "OH", "first_name": "Ada"}, "description_insufficient"),
        ({"state": "OH", **BORN, "birth_date": "1961-02-30"}, "description_invalid"),
        ({"state": "OH", **BORN, "birth_year": "1961"}, "description_invalid"),
        ({"state": "OH", "phone": "555"}, "description_invalid"),
        ({"state": "OH", **BORN, "zip5": "4300"}, "description_invalid"),
        ({"state": "OH", **BORN, "mood": "good"}, "voter_required"),
        ({"state": "OH", **BORN, "state_voter_id": "1"}, "voter_required"),
        ({"state": "OH", "county": "49", "county_voter_id": "1"}, "county_unknown"),
        ({"state": "OH"}, "voter_required"),
    ],
)
def test_a_description_has_a_form(voter: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_item(about(voter), now=timezone.now())
    assert caught.value.faults[0].code == code


def described(by: Actor, voter: UUID, *members: str) -> dict[str, Any]:
    """Describe a voter of the cast by what its file says."""
    with acting_as(by, Action.READ):
        row = Registration.objects.get(state="OH", voter=voter)
        more = Demographics.objects.filter(state="OH", voter=voter).first()
        details = ContactDetails.objects.filter(state="OH", voter=voter).first()
    whole = {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "address": row.res_address,
        "zip5": row.res_zip5,
        "birth_date": more and more.birth_date and more.birth_date.isoformat(),
        "phone": details and details.phone,
        "email": details and details.email,
    }
    return {"state": "OH"} | {name: whole[name] for name in members}


def about(who: object, **members: Any) -> dict[str, Any]:
    """Return a contact about a voter who is named in another way than by the co-op's id."""
    return body(UUID(int=1), **members) | {"voter": who}


WHO = ("first_name", "last_name", "address", "zip5", "birth_date")


def test_a_described_voter_is_found_with_score_and_reasons(cast: Cast) -> None:
    voter = cast.places[2][4]
    who = described(cast.ohio, voter, *WHO)
    client = client_of(cast.rival)
    answer = client.post("/v1/contacts", about(who), "json").json()
    (verdict,) = answer["results"]
    assert (verdict["verdict"], verdict["match"]["outcome"]) == ("accepted", "match")
    assert verdict["match"]["voter"] == f"OH-{voter.hex}"
    assert verdict["match"]["score"] > 0.99
    assert {one["field"] for one in verdict["match"]["reasons"]} >= {
        "last_name",
        "birth",
    }
    with acting_as(cast.rival, Action.READ):
        assert InboxItem.objects.get(state="OH").voter == voter
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="canvass:contact:matched")
    assert (entry.rows, entry.detail) == (1, {"asked": 1})
    assert entry.groups == ["demographics", "registration"]


def test_whoever_is_outside_the_grant_is_nobody(cast: Cast) -> None:
    hidden = described(cast.ohio, cast.places[1][4], *WHO)
    shielded = described(cast.ohio, voter_uuid("OH", 1), *WHO)
    absent = hidden | {"first_name": "ORLA", "last_name": "FAIRWEATHER"}
    answers = []
    for who in (hidden, shielded, absent):
        pushed = push(cast.rival, about(who))
        (verdict,) = pushed.verdicts
        assert verdict.match is not None
        answers.append((verdict.faults, verdict.match.outcome, verdict.match.best))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][0].code == "voter_unknown"


def test_fields_that_are_not_licensed_find_nobody(cast: Cast) -> None:
    phone = described(cast.ohio, cast.places[2][0], "phone")
    assert phone["phone"]
    found = push(cast.rival, about(phone))
    assert found.verdicts[0].match.outcome is Outcome.MATCH  # type: ignore[union-attr]
    blind = push(cast.outside_group, about(phone))
    assert blind.verdicts[0].faults[0].code == "voter_unknown"
    assert blind.verdicts[0].match.outcome is Outcome.NONE  # type: ignore[union-attr]


def test_a_voter_is_named_by_the_county_and_by_email(cast: Cast) -> None:
    voter = voter_uuid("OH", 2005)
    by_county = {"state": "OH", "county": "39049", "county_voter_id": "2005"}
    email = described(cast.ohio, voter, "email")
    for who in (by_county, email):
        pushed = push(cast.rival, about(who))
        assert pushed.verdicts[0].match.voter == voter  # type: ignore[union-attr]
    other = push(cast.rival, about(by_county | {"county": "39035"}))
    assert other.verdicts[0].faults[0].code == "voter_unknown"


def test_what_is_found_counts_against_the_cap(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        Grant.objects.filter(grantee=cast.outside_group.organization).update(
            status="revoked"
        )
    grant(
        "OH",
        cast.ohio,
        cast.outside_group,
        actions=["read", "contribute"],
        groups=["registration", "contacts", "demographics"],
        pool="at_once",
        cap_voters_month=1,
    )
    first, second = (described(cast.ohio, one, *WHO) for one in cast.places[2][4:6])
    assert push(cast.outside_group, about(first)).verdicts[0].match
    over = push(cast.outside_group, about(second))
    assert over.verdicts[0].faults[0].code == "cap_reached"


def test_whoever_two_voters_could_be_is_told_so(cast: Cast) -> None:
    shared = described(cast.ohio, cast.places[1][0], "phone")
    (verdict,) = push(cast.ohio, about(shared)).verdicts
    assert verdict.outcome.value == "rejected"
    assert verdict.faults[0].code == "voter_ambiguous"
    (told_apart,) = push(cast.rival, about(shared)).verdicts
    assert told_apart.match is not None
    assert told_apart.match.voter == cast.places[2][0]


def test_the_labeled_set_is_told_apart() -> None:
    """The levels and vetoes alone, each description against its own surname's and street's people."""
    drawn = random.Random(3)
    people = invent_people(1500, 3, drawn)
    labels = labeled_descriptions(people, 600, drawn)
    everyone = [Candidate(UUID(one["voter"]), 1, one) for one in people]
    outcomes = []
    for label in labels:
        street = address_start(label.told.address) if label.told.address else None
        among = [
            one
            for one in everyone
            if one.known["last_name"] == (label.told.last_name or "").upper()
            or address_start(one.known["address"]) == street
            or (label.told.phone and one.known["phone"] == label.told.phone)
        ]
        found = decide(label.told, block(*among))
        outcomes.append((found.outcome, found.voter))
    figures = judge(labels, outcomes)
    assert figures["precision"] >= 0.99
    assert figures["recall"] >= 0.95
