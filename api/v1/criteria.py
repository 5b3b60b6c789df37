"""POST /v1/criteria/parse: criteria in both their forms, the tree and the text."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.v1.targeting_shapes import CRITERIA, TYPED, states_field
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from states.canvass.own_codes import KnownCodes
from states.canvass.published import KnownQuestions
from states.lists.resting import resting
from states.scores.queries import known_scores
from states.targeting.answers import check_answers
from states.targeting.codes import check_codes
from states.targeting.criteria import fields_used, groups_used, read_criteria
from states.targeting.scores import check_scores
from states.targeting.written import as_text, as_tree


class WrittenCriteriaSerializer(StrictSerializer):
    """Criteria in either form; `states` are those in which a text names counties."""

    criteria = serializers.JSONField(help_text="A tree, or a text.")
    states = states_field(required=False)


class ParsedSerializer(serializers.Serializer[Any]):
    """Criteria in both forms, and what they rest on."""

    tree = serializers.JSONField()
    text = serializers.CharField()
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # a member of ours
    groups = serializers.ListField(child=serializers.CharField())


class ParseView(CoopView):
    """Reading criteria."""

    needs: ClassVar = {
        "POST": Need(Permission.VOTERS_COUNT, None, writes=False, once=False)
    }

    @extend_schema(
        operation_id="criteria_parse",
        request=WrittenCriteriaSerializer,
        responses=ParsedSerializer,
        examples=[
            OpenApiExample("Typed", {"criteria": TYPED}, request_only=True),
            OpenApiExample(
                "Both forms",
                {
                    "tree": CRITERIA,
                    "text": TYPED.replace("contacted", "last_contact"),
                    "fields": ["party", "age", "voted", "last_contact"],
                    "groups": [
                        "contacts",
                        "demographics",
                        "registration",
                        "vote_history",
                    ],
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Show criteria as tree and as text, or their faults; no voter is asked about."""
        data = self.body(WrittenCriteriaSerializer)
        tree = read_criteria(data["criteria"], states=data.get("states"))
        with acting_as(request.actor, Action.COUNT):
            meant = resting(tree, by=request.actor)
            check_scores(meant, fields_used(meant), known_scores())
            check_answers(meant, fields_used(meant), KnownQuestions())
            check_codes(meant, KnownCodes())
        return Response(
            {
                "tree": as_tree(tree),
                "text": as_text(tree),
                "fields": [one.name for one in fields_used(meant)],
                "groups": sorted(one.value for one in groups_used(meant)),
            }
        )


urlpatterns = [path("criteria/parse", ParseView.as_view(), name="criteria-parse")]
