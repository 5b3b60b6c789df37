"""The resource /v1/changes: a state's ordered feed, from a cursor on."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.change_shapes import (
    ChangesQuerySerializer,
    ChangesSerializer,
    feed_cursor,
    feed_position,
    shown_change,
)
from api.v1.change_streams import changes_stream
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.organizations.access import check_standing
from states.feeds.reading import Page, read_changes
from states.voters.queries import freshness

SECONDS_BETWEEN_LOOKS: Final = 0.25

_EXAMPLE = {
    "results": [
        {
            "kind": "contact",
            "voter": "OH-6f1ed002ab5595859014ebf0951522d9",
            "contact": "OH-2c1cf4b7d2f94f1db8b3b7c1f0d1a5e6",
            "organization": "b6d0b0a2-6d0c-4b29-8a43-0a8a4f3f6a54",
            "occurred_at": "2026-10-31T19:04:05Z",
            "summary": {
                "contact_type": "walk",
                "result_code": "canvassed",
                "support": 2,
            },
        }
    ],
    "next": "mYh3…",
    "freshness": {
        "OH": {
            "file_date": "2026-10-24",
            "published_at": "2026-10-25T06:12:44+00:00",
            "publication": 7,
        }
    },
}


class ChangesView(CoopView):
    """A state's feed."""

    needs: ClassVar = {"GET": Need(Permission.CHANGES_READ, None)}

    @extend_schema(
        operation_id="changes",
        parameters=[ChangesQuerySerializer],
        responses=ChangesSerializer,
        examples=[OpenApiExample("A contact", _EXAMPLE, response_only=True)],
    )
    def get(self, request: CoopRequest) -> Response:
        """Return what changed in a state since your cursor, in order, as far as your grants go now.

        Go on from `next`, which is there also where nothing changed. Cursors are yours alone,
        and two of them tell nothing of what lies between.
        """
        asked = self.query(ChangesQuerySerializer)
        state, actor = asked["state"], request.actor
        position = feed_position(actor, state, asked.get("after"))
        page, fresh = _read(actor, state, position, asked["limit"], asked["wait"])
        following = feed_cursor(actor, state, page.position)
        results = [shown_change(change) for change in page.changes]
        return Response({"results": results, "next": following, "freshness": fresh})


def _read(
    actor: Actor, state: str, position: int, limit: int, wait: int
) -> tuple[Page, dict[str, Any]]:
    """Read a page, looking again in a fresh scope until there is something or time is up."""
    until = time.monotonic() + wait
    while True:
        with acting_as(actor, Action.READ):
            check_standing(by=actor, permission=Permission.CHANGES_READ)
            page = read_changes(state=state, position=position, limit=limit, by=actor)
            fresh = {code: one.shown() for code, one in freshness([state]).items()}
        if page.changes or time.monotonic() >= until:
            return page, fresh
        time.sleep(SECONDS_BETWEEN_LOOKS)


urlpatterns = [
    path("changes", ChangesView.as_view(), name="changes"),
    path("changes/stream", changes_stream, name="changes-stream"),
]
