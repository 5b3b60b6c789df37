"""Shapes shared by counts, samples and lists: the question, and what every answer about voters says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from rest_framework import serializers

from api.change_shapes import feed_cursor
from api.serializers import StrictSerializer
from coop.actors import Actor
from states.fields.registry import FIELDS
from states.lists.resting import looked_up
from states.targeting.actions import Question
from states.targeting.criteria import read_criteria
from states.targeting.licensing import Refused

CRITERIA: Final[dict[str, Any]] = {
    "all": [
        {"field": "party", "op": "in", "value": ["D", "N"]},
        {"field": "age", "op": "between", "value": [25, 40]},
        {
            "field": "voted",
            "op": "at_least",
            "value": {"times": 2, "of_last": 4, "type": "general"},
        },
        {"not": {"field": "last_contact", "op": "within_days", "value": 14}},
    ]
}
TYPED: Final = "party:D,N age:25..40 voted:2of4G -contacted:14d"
FRESHNESS: Final[dict[str, Any]] = {
    "OH": {
        "file_date": "2026-11-01",
        "published_at": "2026-11-02T06:10:00Z",
        "publication": 7,
    }
}
POSITIONED: Final[dict[str, Any]] = {"OH": FRESHNESS["OH"] | {"position": "mYh3…"}}
MAX_STATES: Final = 60
MAX_SCORES: Final = 50


def states_field(**options: Any) -> serializers.ListField:
    """Return the field that names states by their two letters."""
    return serializers.ListField(
        child=serializers.CharField(max_length=2),
        min_length=1,
        max_length=MAX_STATES,
        **options,
    )


def columns_field() -> serializers.ListField:
    """Return the field that names the standard fields to show."""
    return serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        min_length=1,
        max_length=len(FIELDS) + MAX_SCORES,
        help_text="Fields to show, scores as score:<set>; absent: every licensed standard one.",
    )


def order_field() -> serializers.CharField:
    """Return the field that names in what order voters come."""
    return serializers.CharField(
        default="id",
        max_length=161,
        help_text=(
            "Within a state by id, walk (from door to door), or a score: score:<set>, highest first -score:<set>."
        ),
    )


class UniverseSerializer(StrictSerializer):
    """Who is meant: criteria, in which states, as of which day."""

    criteria = serializers.JSONField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A tree of all, any, not, list, and comparisons, or a text; absent: everyone.",
    )
    states = states_field(
        required=False, help_text="Two letters each; absent: wherever licensed."
    )
    as_of = serializers.DateField(
        required=False, help_text="The day on which ages and days back count; today."
    )


class MissingSerializer(serializers.Serializer[Any]):
    """A grant that is missing; `field` is null where the state is not licensed at all."""

    state = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    group = serializers.CharField()
    action = serializers.CharField()


class NotLicensedSerializer(serializers.Serializer[Any]):
    """A state that was asked about and is not in the answer, and why."""

    state = serializers.CharField()
    code = serializers.CharField()
    missing = MissingSerializer(many=True)


class VotersFreshnessSerializer(serializers.Serializer[Any]):
    """How fresh a state's voters are."""

    file_date = serializers.DateField()
    published_at = serializers.DateTimeField()
    publication = serializers.IntegerField()


class AnswerFreshnessSerializer(VotersFreshnessSerializer):
    """How fresh an answer about a state is: its voters, and the changes that are in it."""

    position = serializers.CharField(
        allow_null=True,
        help_text="The place in the state's feed that the figures are of, exactly: give it to "
        "`GET /v1/changes` as `after`. Null where they carry noise.",
    )


class SampledVoterSerializer(serializers.Serializer[Any]):
    """A voter: id, state and the licensed standard fields, each under its own name."""

    id = serializers.CharField()
    state = serializers.CharField()
    denied_fields = serializers.ListField(
        child=serializers.CharField(),
        help_text="Standard fields left out, since no grant covers them for this voter.",
    )


def question_from(data: Mapping[str, Any], *, by: Actor, **more: Any) -> Question:
    """Return the question of a validated body; raises `Invalid` for its criteria and the lists that they name.

    `more` are further members of the question.
    """
    given = more | ({"as_of": data["as_of"]} if "as_of" in data else {})
    states = data.get("states")
    criteria = looked_up(read_criteria(data["criteria"], states=states), by=by)
    return Question(criteria, states, **given)


class _Positioned(Protocol):
    """One state's answer, with the position of the feed that it is of."""

    @property
    def state(self) -> str: ...

    @property
    def position(self) -> int | None: ...


def positioned(
    freshness: Mapping[str, Any], answers: Iterable[_Positioned], actor: Actor
) -> dict[str, Any]:
    """Return the freshness of each state with the place in its feed that its answer is of, sealed.

    Two of them tell nothing of what lies between, as with all cursors.
    """
    fresh = dict(freshness)
    for one in answers:
        if fresh[one.state] is not None:
            at = one.position
            cursor = None if at is None else feed_cursor(actor, one.state, at)
            fresh[one.state] = fresh[one.state] | {"position": cursor}
    return fresh


def not_licensed(refused: Sequence[Refused]) -> list[dict[str, Any]]:
    """Return the states that an answer leaves out, each named as such."""
    return [
        {"state": one.state, "code": one.code, "missing": one.missing()}
        for one in refused
    ]
