"""/v1/states/{code}/rollback: going back to an earlier publication of a state's voters."""

from __future__ import annotations

from typing import ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.v1.imports import ImportSerializer, shown
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from coop.scoped_task import ring
from states.imports.actions import order_rollback
from states.imports.tasks import run_waiting_imports


class RollbackSerializer(StrictSerializer):
    """Where to, and why."""

    to = serializers.IntegerField(
        min_value=1, help_text="One of the last three publications before the newest."
    )
    reason = serializers.CharField(max_length=2_000)


EXAMPLE: Final = OpenApiExample(
    "Last week's file was cut",
    {"to": 41, "reason": "The file of November 20 lacks half of Franklin County."},
    request_only=True,
)


class RollbackView(CoopView):
    """Going back."""

    needs: ClassVar = {"POST": Need(Permission.IMPORTS_PUBLISH, None)}

    @extend_schema(
        operation_id="states_roll_back",
        request=RollbackSerializer,
        responses={202: ImportSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: CoopRequest, code: str) -> Response:
        """Queue a rollback: a publication of its own, to be watched like an import.

        Who has become confidential or gone since then stays shielded, as they are now;
        contacts and suppressions are not touched.
        """
        run = order_rollback(
            state=code, by=request.actor, **self.body(RollbackSerializer)
        )
        ring(run_waiting_imports)
        return Response(shown(run), 202, headers={"Location": f"/v1/imports/{run.id}"})


urlpatterns = [
    path("states/<str:code>/rollback", RollbackView.as_view(), name="state-rollback"),
]
