"""/v1/grants: asking for a license, offering one, and reading either side's grants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.v1.grant_shapes import (
    GrantPageSerializer,
    GrantSerializer,
    GrantsQuerySerializer,
    NewGrantSerializer,
    UseSerializer,
    answer,
    shown,
    terms_from,
)
from api.v1.grant_steps import STEPS
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.errors import FieldFault, Invalid
from coop.grants import actions
from coop.grants.access import get_grant
from coop.grants.caps import next_month
from coop.grants.models import Grant
from coop.grants.queries import cap_use, grants_of
from coop.jurisdictions.access import get_state

READ: Final = Need(Permission.GRANTS_READ, Action.MANAGE)
CHANGE: Final = Need(Permission.GRANTS_MANAGE, Action.MANAGE)

_TERMS: Final[dict[str, Any]] = {
    "groups": ["registration", "vote_history", "contacts"],
    "actions": ["count", "read", "contribute"],
    "geography": {"us_house_districts": ["3"]},
    "purpose": "election",
    "starts_at": "2026-12-01T00:00:00Z",
    "ends_at": "2027-11-30T00:00:00Z",
    "cap_voters_month": 50000,
    "pool": "held",
    "agreement": "The campaign uses the file for its own election only.",
}
REQUEST: Final = OpenApiExample(
    "A campaign asks for its district",
    {"state": "OH", **_TERMS, "message": "Ohio 3, general election."},
    request_only=True,
)
OFFER: Final = OpenApiExample(
    "A party offers a grant",
    {"state": "OH", "grantee": "6f0b8d3c-7a52-4f0e-9c1d-2b7a3e5d9f10", **_TERMS},
    request_only=True,
)


class GrantsView(CoopView):
    """The grants that the caller's organization is a side of."""

    needs: ClassVar = {"GET": READ, "POST": CHANGE}

    @extend_schema(
        operation_id="grants_list",
        parameters=[GrantsQuerySerializer],
        responses=GrantPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List grants, newest first: those held, and for a state's party those made."""
        asked = self.query(GrantsQuerySerializer)
        found = _filtered(grants_of(request.actor), asked)
        if "cursor" in asked:
            found = found.filter(
                _after(*open_cursor(request.actor, "grants", asked["cursor"]))
            )
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "grants",
            list(found[: limit + 1]),
            limit,
            lambda grant: [grant.created_at.isoformat(), grant.id],
        )
        results = shown(rows, by=request.actor, texts=False)
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="grants_create",
        request=NewGrantSerializer,
        responses={201: GrantSerializer},
        examples=[REQUEST, OFFER],
    )
    def post(self, request: CoopRequest) -> Response:
        """Ask a state's party for a grant, or, as that party, offer one."""
        data = self.body(NewGrantSerializer)
        given: dict[str, Any] = {
            "state": data["state"],
            "terms": terms_from(data),
            "message": data.get("message", ""),
            "supersedes": data.get("supersedes"),
            "by": request.actor,
        }
        is_owner = get_state(data["state"]).owner == request.actor.organization
        if is_owner and "grantee" not in data:
            raise _fault("/grantee", "required", "Name who is to be licensed.")
        if "grantee" in data:
            made = actions.offer_grant(grantee=data["grantee"], **given)
        else:
            made = actions.request_grant(**given)
        return answer(made, request, status=201)


class GrantView(CoopView):
    """One grant."""

    needs: ClassVar = {"GET": READ}

    @extend_schema(operation_id="grants_retrieve", responses=GrantSerializer)
    def get(self, request: CoopRequest, grant: UUID) -> Response:
        """Show a grant with the text of its agreement to either side of it."""
        return answer(get_grant(grant, by=request.actor), request)


class UseView(CoopView):
    """What was used of a grant."""

    needs: ClassVar = {"GET": READ}

    @extend_schema(operation_id="grants_use", responses=UseSerializer)
    def get(self, request: CoopRequest, grant: UUID) -> Response:
        """Tell how many distinct voters were obtained under a capped grant, by month (UTC)."""
        found = get_grant(grant, by=request.actor)
        today = timezone.now().astimezone(dt.UTC).date()
        months = [
            {"month": month, "used": used} for month, used in cap_use(found.lineage)
        ]
        shape = UseSerializer(
            {
                "cap_voters_month": found.cap_voters_month,
                "months": months,
                "resets_at": next_month(today),
            }
        )
        return Response(shape.data)


def _filtered(grants: QuerySet[Grant], asked: Mapping[str, Any]) -> QuerySet[Grant]:
    names = {"status": "status", "state": "state_id"}
    return grants.filter(
        **{column: asked[name] for name, column in names.items() if name in asked}
    )


def _after(created_at: str, last: str) -> Q:
    moment = dt.datetime.fromisoformat(created_at)
    return Q(created_at__lt=moment) | Q(created_at=moment, id__lt=UUID(last))


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(
        "invalid", "The input has faults.", [FieldFault(pointer, code, detail)]
    )


urlpatterns = [
    path("grants", GrantsView.as_view(), name="grants"),
    path("grants/<uuid:grant>", GrantView.as_view(), name="grant"),
    path("grants/<uuid:grant>/use", UseView.as_view(), name="grant-use"),
    *(
        path(f"grants/<uuid:grant>/{step}", view.as_view(), name=f"grant-{step}")
        for step, view in STEPS.items()
    ),
]
