"""The resource /v1/changes: a state's ordered feed, from a cursor on."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, seal_cursor
from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.organizations.access import check_standing
from states.feeds.models import Change, Kind
from states.feeds.queries import Page
from states.feeds.reading import read_changes
from states.voters.ids import voter_id
from states.voters.queries import freshness

LONGEST_WAIT: Final = 10
SECONDS_BETWEEN_LOOKS: Final = 0.25


class ChangesQuerySerializer(StrictSerializer):
    """Where to go on from, and how long to wait for something new."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z", help_text="A state's code: `OH`.")
    after = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="The `next` of the answer before; without it, from the beginning.",
    )
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
        name = f"changes|{state}"
        position = _position(actor, name, asked.get("after"))
        page, fresh = _read(actor, state, position, asked["limit"], asked["wait"])
        following = seal_cursor(actor, name, [page.position])
        results = [_change(change) for change in page.changes]
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


def _position(actor: Actor, name: str, cursor: str | None) -> int:
    if cursor is None:
        return 0
    (position,) = open_cursor(actor, name, cursor)
    return int(position)


def _change(change: Change) -> dict[str, Any]:
    state = change.state
    return {
        "kind": change.kind,
        "voter": voter_id(state, change.voter) if change.voter else None,
        "contact": voter_id(state, change.contact) if change.contact else None,
        "organization": change.organization,
        "occurred_at": change.occurred_at,
        "summary": change.summary,
    }


urlpatterns = [path("changes", ChangesView.as_view(), name="changes")]
