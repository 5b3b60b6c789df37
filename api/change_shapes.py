"""What changes look like on the wire, to whoever polls and to whoever holds a stream open."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from api.pagination import open_cursor, seal_cursor
from api.serializers import StrictSerializer
from coop.actors import Actor
from states.feeds.models import Change, Kind
from states.voters.ids import voter_id

LONGEST_WAIT: Final = 10


class StreamQuerySerializer(StrictSerializer):
    """Which feed, and where to go on from."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z", help_text="A state's code: `OH`.")
    after = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="The `next` of the answer before; without it, from the beginning.",
    )


class ChangesQuerySerializer(StreamQuerySerializer):
    """Where to go on from, and how long to wait for something new."""

    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=1000
    )
    wait = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=LONGEST_WAIT,
        help_text="Seconds to wait for a first change where there is none yet.",
    )


class ChangeSerializer(serializers.Serializer[Any]):
    """One change."""

    kind = serializers.ChoiceField([one.value for one in Kind])
    voter = serializers.CharField(allow_null=True)
    contact = serializers.CharField(allow_null=True)
    organization = serializers.UUIDField(
        allow_null=True, help_text="Whose contact; a suppression names nobody."
    )
    occurred_at = serializers.DateTimeField()
    summary = serializers.DictField()


class ChangesSerializer(serializers.Serializer[Any]):
    """Changes in order; `next` is there also where there are none."""

    results = ChangeSerializer(many=True)
    next = serializers.CharField()
    freshness = serializers.DictField(help_text="The state's newest file.")


def shown_change(change: Change) -> dict[str, Any]:
    """Return a change as answers carry it."""
    state = change.state
    return {
        "kind": change.kind,
        "voter": voter_id(state, change.voter) if change.voter else None,
        "contact": voter_id(state, change.contact) if change.contact else None,
        "organization": change.organization,
        "occurred_at": change.occurred_at,
        "summary": change.summary,
    }


def feed_cursor(actor: Actor, state: str, position: int) -> str:
    """Return the cursor of a place in a state's feed, sealed for the actor's organization."""
    return seal_cursor(actor, f"changes|{state}", [position])


def feed_position(actor: Actor, state: str, cursor: str | None) -> int:
    """Return the place that a cursor holds; the beginning without one. Raises `Invalid`."""
    if not cursor:
        return 0
    (position,) = open_cursor(actor, f"changes|{state}", cursor)
    return int(position)
