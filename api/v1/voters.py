"""/v1/voters: one voter by id, and voters by what a caller knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, seal_cursor
from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, NotFound
from coop.jurisdictions.divisions import KINDS, division_of_district
from states.canvass.queries import (
    Binding,
    CurrentValues,
    standing_of,
    suppressions_of,
)
from states.fields.definition import Group
from states.fields.registry import fields_of
from states.voters.actions import note_lookup, read_voter, search_voters
from states.voters.cards import Card
from states.voters.ids import parse_voter_id, voter_id
from states.voters.queries import freshness
from states.voters.search import Hit, Query

NEED: Final = Need(Permission.VOTERS_READ, Action.READ)
LISTING: Final = "voters"
KEYS: Final = ("state_voter_id", "last_name", "address", "phone")


class VoteSerializer(serializers.Serializer[Any]):
    """One vote on record."""

    date = serializers.DateField()
    type = serializers.CharField()
    method = serializers.CharField(allow_null=True)
    party = serializers.CharField(allow_null=True)


class VoterSerializer(serializers.Serializer[Any]):
    """A voter: besides these members, every licensed standard field under its own name."""

    id = serializers.CharField()
    state = serializers.CharField()
    elections = VoteSerializer(many=True, required=False)
    divisions = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="The districts as OCD-IDs, by field; `county` is a FIPS code already.",
    )
    shielded = serializers.CharField(
        required=False, help_text="For the state's owner: `confidential` or `gone`."
    )
    denied_fields = serializers.ListField(
        child=serializers.CharField(),
        help_text="Published standard fields that the caller's grants do not cover here.",
    )
    freshness = serializers.DictField()


class VoterPageSerializer(serializers.Serializer[Any]):
    """A page of voters."""

    results = VoterSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    freshness = serializers.DictField()


class VotersQuerySerializer(StrictSerializer):
    """What is searched for: one of an id, a name, an address and a phone."""

    state = serializers.RegexField(r"^[A-Z]{2}$")
    state_voter_id = serializers.CharField(required=False, max_length=40)
    last_name = serializers.CharField(
        required=False, min_length=2, max_length=60, help_text="A name's beginning."
    )
    first_name = serializers.CharField(
        required=False, max_length=60, help_text="Beginning; with `last_name` only."
    )
    address = serializers.CharField(
        required=False,
        min_length=3,
        max_length=120,
        help_text="Beginning of the street line.",
    )
    phone = serializers.RegexField(
        r"^\+[1-9][0-9]{6,14}$", required=False, help_text="E.164."
    )
    cursor = serializers.CharField(required=False, max_length=2000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


EXAMPLE: Final = OpenApiExample(
    "A voter under a grant without contact details",
    {
        "id": "OH-0f3c52a1b6d84c5e9d7a2f1e8b4c6d90",
        "state": "OH",
        "first_name": "ADA",
        "last_name": "EXAMPLE",
        "party": "D",
        "party_basis": "last_primary",
        "age": 44,
        "us_house_district": "3",
        "divisions": {"us_house_district": "ocd-division/country:us/state:oh/cd:3"},
        "elections": [
            {"date": "2024-11-05", "type": "general", "method": None, "party": None}
        ],
        "denied_fields": ["phone", "email"],
        "freshness": {
            "OH": {
                "file_date": "2026-11-20",
                "published_at": "2026-11-21T04:10:00+00:00",
                "publication": 7,
            }
        },
    },
    response_only=True,
)


class VotersView(CoopView):
    """Voters found by what is known of them."""

    needs: ClassVar = {"GET": NEED}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="voters_search",
        parameters=[VotersQuerySerializer],
        responses=VoterPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """Search one state by state voter id, name, address or phone."""
        asked = self.query(VotersQuerySerializer)
        query = _query(asked)
        state, limit = asked["state"], asked["limit"]
        listing = f"{LISTING}|{state}|{query!r}"
        after = None
        if "cursor" in asked:
            key, voter = open_cursor(request.actor, listing, asked["cursor"])
            after = Hit(key, UUID(voter))
        cards, last = search_voters(
            state=state, query=query, after=after, limit=limit, by=request.actor
        )
        following = (
            seal_cursor(request.actor, listing, [last.key, last.voter])
            if last
            else None
        )
        return Response(
            {
                "results": shown(state, cards),
                "next": following,
                "freshness": _freshness([state]),
            }
        )


class VoterView(CoopView):
    """One voter."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, None)}

    @extend_schema(
        operation_id="voters_retrieve", responses=VoterSerializer, examples=[EXAMPLE]
    )
    def get(self, request: CoopRequest, voter: str) -> Response:
        """Show a voter's licensed fields, and name the others under `denied_fields`."""
        state, number = parse_voter_id(voter)
        try:
            with acting_as(request.actor, Action.READ):
                card = read_voter(state=state, voter=number, by=request.actor)
                (answer,) = shown(state, [card])
                fresh = _freshness([state])
        except NotFound:
            note_lookup(state=state, voter=number, by=request.actor)
            raise
        return Response(answer | {"freshness": fresh})


def _query(asked: dict[str, Any]) -> Query:
    """Return the search. Raises `Invalid` unless it is by exactly one thing."""
    given = [name for name in KEYS if asked.get(name)]
    if len(given) != 1:
        detail = f"Search by exactly one of {', '.join(KEYS)}."
        raise Invalid("search_not_one_key", detail)
    if asked.get("first_name") and given != ["last_name"]:
        detail = "A first name is searched together with a last name."
        fault = FieldFault("/first_name", "needs_last_name", detail)
        raise Invalid("search_not_one_key", detail, [fault])
    names = (*KEYS, "first_name")
    return Query(**{name: asked[name] for name in names if asked.get(name)})


def shown(state: str, cards: Sequence[Card]) -> list[dict[str, Any]]:
    """Return voters as answers carry them, in the open scope, with what is newest about them."""
    voters = [card.voter for card in cards]
    standing = standing_of(state, voters)
    bindings = suppressions_of(state, voters)
    return [
        _shown(card, standing.get(card.voter), bindings.get(card.voter, []))
        for card in cards
    ]


def _shown(
    card: Card, standing: CurrentValues | None, bindings: Sequence[Binding]
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": voter_id(card.state, card.voter),
        "state": card.state,
    }
    answer |= card.values
    if Group.REGISTRATION in card.groups:
        answer["divisions"] = _divisions(card)
    if card.elections is not None:
        answer["elections"] = card.elections
    if card.shielded:
        answer["shielded"] = card.shielded
    if standing or Group.CONTACTS in card.groups:
        answer |= _live(standing)
    if bindings or card.groups & {Group.REGISTRATION, Group.CONTACTS}:
        told = [{"kind": one.kind, "day": one.day} for one in bindings]
        answer["suppressions"] = told
    denied = [name for name in card.denied_fields if name not in answer]
    return answer | {"denied_fields": denied}


def _divisions(card: Card) -> dict[str, str]:
    """Return the districts that the card shows as the world outside names them."""
    return {
        kind: division_of_district(card.state, kind, number)
        for kind in KINDS
        if (number := card.values.get(kind))
    }


def _live(standing: CurrentValues | None) -> dict[str, Any]:
    """Return what contacts say now: one's own, and the pool's where that is licensed."""
    if standing is None:
        unknown = {one.name for one in fields_of(Group.CONTACTS)} - {"suppressions"}
        return dict.fromkeys(sorted(unknown)) | {"attempts": 0}
    return {
        "last_contact": standing.last_contact_at.date(),
        "last_contact_type": standing.last_contact_type,
        "last_result": standing.last_result,
        "last_reached": standing.reached_at.date() if standing.reached_at else None,
        "attempts": standing.attempts,
        "support": standing.support,
    }


def _freshness(states: Sequence[str]) -> dict[str, Any]:
    return {state: one.shown() for state, one in freshness(states).items()}


urlpatterns = [
    path("voters", VotersView.as_view(), name="voters"),
    path("voters/<str:voter>", VoterView.as_view(), name="voter"),
]
