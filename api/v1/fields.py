"""GET /v1/fields: the standard fields, what may be asked of each, and where the caller may use it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.canvass.own_codes import KnownCodes
from states.canvass.published import KnownQuestion, published_questions
from states.fields.definition import Facet, Field, Group, Kind
from states.fields.lists import MEMBERSHIP
from states.fields.registry import FIELDS
from states.scores.queries import KnownSet, known_scores
from states.targeting.codes import ACTIVIST_CODE
from states.targeting.licensing import License, licenses
from states.targeting.scores import LABEL_OPERATORS

USES = (Action.COUNT, Action.READ, Action.EXPORT)


class LicensedSerializer(serializers.Serializer[Any]):
    """The states in which the caller may use a field, by action, at least for some place."""

    count = serializers.ListField(child=serializers.CharField())
    read = serializers.ListField(child=serializers.CharField())
    export = serializers.ListField(child=serializers.CharField())


class FieldSerializer(serializers.Serializer[Any]):
    """One standard field."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of ours
    description = serializers.CharField()
    group = serializers.ChoiceField([one.value for one in Group])
    kind = serializers.ChoiceField([one.value for one in Kind])
    operators = serializers.ListField(child=serializers.CharField())
    values = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="The codes of a closed list; null where any value may occur.",
    )
    identifying = serializers.BooleanField(
        help_text="True: a license to count alone does not cover criteria on it."
    )
    exportable = serializers.BooleanField()
    live = serializers.BooleanField(help_text="True: it changes with every contact.")
    licensed = LicensedSerializer()


class FieldsSerializer(serializers.Serializer[Any]):
    """The standard fields."""

    results = FieldSerializer(many=True)


class FieldsView(CoopView):
    """The standard fields as the caller may use them."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_COUNT, Action.COUNT)}

    @extend_schema(
        operation_id="fields_list",
        responses=FieldsSerializer,
        examples=[
            OpenApiExample(
                "One field",
                {
                    "results": [
                        {
                            "name": "party",
                            "label": "Party",
                            "description": "D, R, L, G, C, N (in no party) or O (another); read with its basis.",
                            "group": "registration",
                            "kind": "code",
                            "operators": ["eq", "in", "known"],
                            "values": ["D", "R", "L", "G", "C", "N", "O"],
                            "identifying": False,
                            "exportable": True,
                            "live": False,
                            "licensed": {
                                "count": ["OH"],
                                "read": ["OH"],
                                "export": [],
                            },
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the fields with their operators and values, and where they are licensed.

        The values of `activist_code` are your own codes. After the standard ones come the caller's score sets, and those shared with it; then answers to the questions
        that states' parties publish; last `list`, by which criteria name saved lists.
        """
        held = {use.value: licenses(request.actor, use) for use in USES}
        results = [_shown(one, held) for one in FIELDS.values()]
        for one in results:
            if one["name"] == ACTIVIST_CODE:
                one["values"] = list(KnownCodes())
        results += [_score(one, held) for one in known_scores().values()]
        results += [_answer(one, held) for one in published_questions()]
        results.append(_shown(MEMBERSHIP, held))
        return Response({"results": results})


def _score(one: KnownSet, held: dict[str, dict[str, License]]) -> dict[str, Any]:
    values = list(one.labels) or None
    if one.labels:
        operators = [op for op in one.field.operators if op in LABEL_OPERATORS]
    else:
        operators = list(one.field.operators)
    shown = {"values": values, "operators": [op.value for op in operators]}
    return _shown(one.field, held) | shown


def _answer(one: KnownQuestion, held: dict[str, dict[str, License]]) -> dict[str, Any]:
    """Show a question in its state alone; who may only count does not ask about answers."""
    here = {
        use: {state: its for state, its in by_state.items() if state == one.state}
        for use, by_state in held.items()
    }
    return _shown(one.field, here) | {"values": list(one.responses)}


def _shown(field: Field, held: dict[str, dict[str, License]]) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "description": field.description,
        "group": field.group.value,
        "kind": field.kind.value,
        "operators": [one.value for one in field.operators],
        "values": None if field.values is None else list(field.values),
        "identifying": field.identifying,
        "exportable": field.exportable,
        "live": field.facet is Facet.LIVE,
        "licensed": {
            use: [one.state for one in by_state.values() if field.group in one.groups]
            for use, by_state in held.items()
        },
    }


urlpatterns = [path("fields", FieldsView.as_view(), name="fields")]
