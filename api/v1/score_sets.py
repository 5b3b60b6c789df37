"""/v1/score-sets: sets of scores, with whom they are shared, and the uploads of their values."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.parsers import body_chunks
from api.v1.score_shapes import (
    SET,
    UPLOAD,
    NewSetSerializer,
    NewShareSerializer,
    ScoreSetSerializer,
    ScoreSetsSerializer,
    ScoreUploadSerializer,
    ScoreUploadsSerializer,
    ShareSerializer,
    SharesSerializer,
    UploadQuerySerializer,
    shown_set,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import not_found
from coop.scoped_task import ring
from states.scores import actions
from states.scores.access import get_set, uploads_of
from states.scores.queries import KnownSet, known_sets, shares_of
from states.scores.rules import Declared
from states.scores.tasks import run_score_uploads

READ: Final = Need(Permission.VOTERS_COUNT, Action.MANAGE)
WRITE: Final = Need(Permission.SCORES_WRITE, Action.MANAGE)
SHARE: Final = Need(Permission.SCORES_SHARE, Action.MANAGE)
NEWEST_UPLOADS: Final = 100
_SHARE: Final = {
    "id": "1c5a7e9b-0d1f-4f60-a8d2-c4e6b8f01234",
    "organization": "7a1e4f60-a8d2-4c4e-96b8-f012340f3c5a",
    "name": "Campaign for Ohio Three",
    "shared_at": "2026-11-22T14:00:00Z",
}


class ScoreSetsView(CoopView):
    """The score sets that the caller may know of."""

    needs: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="score_sets_list",
        responses=ScoreSetsSerializer,
        examples=[
            OpenApiExample("Sets", {"results": [SET], "next": None}, response_only=True)
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List one's own score sets, then those that others share, with their names in criteria."""
        sets = known_sets(organization=request.actor.organization)
        return Response({"results": [shown_set(one) for one in sets], "next": None})

    @extend_schema(
        operation_id="score_sets_create",
        request=NewSetSerializer,
        responses={201: ScoreSetSerializer},
        examples=[
            OpenApiExample(
                "A range",
                {"name": "turnout", "low": 0, "high": 100},
                request_only=True,
            ),
            OpenApiExample(
                "Labels",
                {"name": "tier", "labels": ["high", "medium", "low"]},
                request_only=True,
            ),
            OpenApiExample("The set", SET, response_only=True),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Declare a score set: nobody else sees it, its name included, unless it is shared."""
        data = self.body(NewSetSerializer)
        made = actions.declare_set(declared=Declared(**data), by=request.actor)
        shown = shown_set(_known(made.id, request))
        return Response(shown, 201, headers={"Location": f"/v1/score-sets/{made.id}"})


class ScoreSetView(CoopView):
    """One score set."""

    needs: ClassVar = {"GET": READ, "DELETE": WRITE}

    @extend_schema(
        operation_id="score_sets_retrieve",
        responses=ScoreSetSerializer,
        examples=[OpenApiExample("The set", SET, response_only=True)],
    )
    def get(self, request: CoopRequest, score_set: UUID) -> Response:
        """Show a score set, one's own or a shared one."""
        return Response(shown_set(_known(score_set, request)))

    @extend_schema(operation_id="score_sets_delete", responses={204: None})
    def delete(self, request: CoopRequest, score_set: UUID) -> Response:
        """Delete a set with its values, in every state and for whoever it is shared with."""
        actions.delete_set(set_id=score_set, by=request.actor)
        return Response(status=204)


class SharesView(CoopView):
    """With whom a set is shared."""

    needs: ClassVar = {"GET": READ, "POST": SHARE}

    @extend_schema(
        operation_id="score_sets_shares",
        responses=SharesSerializer,
        examples=[
            OpenApiExample(
                "Shares", {"results": [_SHARE], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest, score_set: UUID) -> Response:
        """List with whom a set of one's own is shared."""
        one = get_set(score_set, by=request.actor)
        shares = shares_of(one.id, by=request.actor)
        results = [_shown_share(share, name) for share, name in shares]
        return Response({"results": results, "next": None})

    @extend_schema(
        operation_id="score_sets_share",
        request=NewShareSerializer,
        responses={201: ShareSerializer},
        examples=[
            OpenApiExample(
                "With whom",
                {"organization": _SHARE["organization"]},
                request_only=True,
            ),
            OpenApiExample("The share", _SHARE, response_only=True),
        ],
    )
    def post(self, request: CoopRequest, score_set: UUID) -> Response:
        """Share a set with an organization: it sees the values of voters whom its own grants cover."""
        data = self.body(NewShareSerializer)
        made = actions.share_set(
            set_id=score_set, receiver=data["organization"], by=request.actor
        )
        shares = shares_of(made.score_set_id, by=request.actor)
        name = next(name for share, name in shares if share.id == made.id)
        return Response(_shown_share(made, name), 201)


class ShareView(CoopView):
    """One share."""

    needs: ClassVar = {"DELETE": SHARE}

    @extend_schema(operation_id="score_shares_end", responses={204: None})
    def delete(self, request: CoopRequest, score_share: UUID) -> Response:
        """End a share at once: its receiver knows of no such set any more."""
        actions.end_share(share_id=score_share, by=request.actor)
        return Response(status=204)


class SetUploadsView(CoopView):
    """The uploads of a set."""

    needs: ClassVar = {"GET": READ, "POST": Need(Permission.SCORES_WRITE, None)}
    queried = frozenset({"POST"})

    @extend_schema(
        operation_id="score_sets_uploads",
        responses=ScoreUploadsSerializer,
        examples=[
            OpenApiExample(
                "Uploads", {"results": [UPLOAD], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest, score_set: UUID) -> Response:
        """List a set's newest uploads, newest first."""
        found = uploads_of(get_set(score_set, by=request.actor), NEWEST_UPLOADS)
        results = ScoreUploadSerializer(found, many=True).data
        return Response({"results": results, "next": None})

    @extend_schema(
        operation_id="score_sets_upload",
        parameters=[UploadQuerySerializer],
        request={"text/csv": OpenApiTypes.BINARY},
        responses={202: ScoreUploadSerializer},
        examples=[
            OpenApiExample(
                "The upload", UPLOAD, response_only=True, status_codes=["202"]
            )
        ],
    )
    def post(self, request: CoopRequest, score_set: UUID) -> Response:
        """Upload a set's values for one state as CSV, in place of the former ones of that state.

        Columns: `score`, and `voter` (the co-op's id or the state's), `state_voter_id`, or
        `county_voter_id` with `county`. A worker reads it; the values change over at once.
        """
        with acting_as(request.actor, Action.MANAGE):
            get_set(score_set, by=request.actor)  # absent before anything else is told
        asked = self.query(UploadQuerySerializer)
        upload = actions.queue_upload(
            set_id=score_set,
            state=asked["state"],
            chunks=body_chunks(request),
            by=request.actor,
        )
        if not request.actor.test:
            ring(run_score_uploads)
        where = {"Location": f"/v1/score-uploads/{upload.id}"}
        return Response(ScoreUploadSerializer(upload).data, 202, headers=where)


def _known(score_set: UUID, request: CoopRequest) -> KnownSet:
    with acting_as(request.actor, Action.MANAGE):
        for one in known_sets(organization=request.actor.organization):
            if one.id == score_set:
                return one
    raise not_found("score set")


def _shown_share(share: Any, name: str) -> dict[str, Any]:
    return {
        "id": str(share.id),
        "organization": str(share.receiver),
        "name": name,
        "shared_at": share.shared_at,
    }


urlpatterns = [
    path("score-sets", ScoreSetsView.as_view(), name="score-sets"),
    path("score-sets/<uuid:score_set>", ScoreSetView.as_view(), name="score-set"),
    path(
        "score-sets/<uuid:score_set>/shares",
        SharesView.as_view(),
        name="score-set-shares",
    ),
    path("score-shares/<uuid:score_share>", ShareView.as_view(), name="score-share"),
    path(
        "score-sets/<uuid:score_set>/uploads",
        SetUploadsView.as_view(),
        name="score-set-uploads",
    ),
]
