"""/v1/states/{code}/publications: what is published of a state, and what publications changed, as lines."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Final

from asgiref.sync import sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.arriving_bodies import LINES
from api.pagination import cursor_invalid, open_cursor, seal_cursor
from api.problems import problem_of, unexpected
from api.refusals import account_for
from api.serializers import StrictSerializer
from api.streams import stream
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from states.feeds.differences import (
    Difference,
    Part,
    Place,
    Told,
    begin_difference,
    read_difference,
)
from states.feeds.queries import publications_of
from states.voters.ids import voter_id


class PublicationSerializer(serializers.Serializer[Any]):
    """One publication of a state."""

    number = serializers.IntegerField()
    file_date = serializers.DateField()
    published_at = serializers.DateTimeField()
    counties = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="FIPS codes that it covered; null for the whole state.",
    )


class PublicationsSerializer(serializers.Serializer[Any]):
    """A state's newest publications, newest first."""

    results = PublicationSerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="Always null: there are no older ones to list."
    )


class PublicationsView(CoopView):
    """A state's publications."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, Action.READ)}

    @extend_schema(operation_id="publications", responses=PublicationsSerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """List the newest 100 publications of a state that you have to do with, newest first."""
        with acting_as(request.actor, Action.READ):
            found = publications_of(code)
        return Response(
            {
                "results": [
                    {
                        "number": one.number,
                        "file_date": one.file_date,
                        "published_at": one.published_at,
                        "counties": one.counties,
                    }
                    for one in found
                ],
                "next": None,
            }
        )


class DifferenceQuerySerializer(StrictSerializer):
    """From where a difference leads, and where to go on."""

    since = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="The publication that you hold; the one before, unless named.",
    )
    after = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="The newest `next` that arrived, to go on where a stream was cut.",
    )


EXAMPLE: Final = """\
{"change":"changed","voter":"OH-0f3c52a1b6d84c5e9d7a2f1e8b4c6d90","values":{"party":"D"}}
{"change":"left","voter":"OH-6f1ed002ab5595859014ebf0951522d9"}
{"complete":{"since":6,"publication":8}}
"""


@stream(
    Permission.VOTERS_READ,
    throttle="query",
    media_type=LINES,
    query=DifferenceQuerySerializer,
    example=EXAMPLE,
)
async def publication_changes(
    request: HttpRequest, actor: Actor, code: str, number: int
) -> StreamingHttpResponse:
    """Stream what the publications after `since`, up to this newest one, changed of what you may read now.

    A line a voter: `joined` with all licensed values, `changed` with the values that are
    others now (`dropped` names fields that you may read no more), `left` without a reason.
    `{"next"}` is the cursor after the lines before it. The last line is `{"complete"}`,
    or `{"end"}` with the code of what stopped it.
    """
    asked = DifferenceQuerySerializer(data=request.GET)
    asked.is_valid(raise_exception=True)
    begun = sync_to_async(_begun)
    place, part = await begun(actor, code, number, asked.validated_data)
    answer = StreamingHttpResponse(
        _lines(request, actor, code, place, part), content_type=LINES
    )
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def _begun(
    actor: Actor, state: str, number: int, asked: dict[str, Any]
) -> tuple[Place, Part]:
    """Return where the reading begins, or goes on, with its first chunk: errors so far are problems."""
    since = asked.get("since")
    if "after" in asked:
        place = _place_of(actor, state, asked["after"])
        if place.number != number or since not in {None, place.since}:
            raise cursor_invalid()
    else:
        place = begin_difference(state=state, number=number, since=since, by=actor)
    return place, read_difference(state=state, place=place, by=actor)


async def _lines(
    request: HttpRequest, actor: Actor, state: str, place: Place, part: Part
) -> AsyncIterator[bytes]:
    """Yield the chunks' lines, each chunk once it is accounted for."""
    step = sync_to_async(read_difference)
    try:
        yield _body(actor, state, part)
        while part.after is not None:
            part = await step(state=state, place=part.after, by=actor)
            yield _body(actor, state, part)
        told = {"complete": {"since": place.since, "publication": place.number}}
        yield _encoded(told)
    except Exception as error:  # noqa: BLE001 - the status is out: the reason is the last line
        yield await sync_to_async(_ended)(request, actor, error)
    finally:
        await sync_to_async(connections.close_all)()


def _ended(request: HttpRequest, actor: Actor, error: Exception) -> bytes:
    account_for(error, by=actor, request=request)
    made = problem_of(error) or unexpected(error, request)
    return _encoded({"end": {"code": made.code, "detail": made.detail, **made.extra}})


def _body(actor: Actor, state: str, part: Part) -> bytes:
    lines = b"".join(_encoded(_shown(state, one)) for one in part.differences)
    if part.after is None:
        return lines
    return lines + _encoded({"next": _cursor_of(actor, state, part.after)})


def _shown(state: str, one: Difference) -> dict[str, Any]:
    shown: dict[str, Any] = {"change": one.told, "voter": voter_id(state, one.voter)}
    if one.told is not Told.LEFT:
        shown["values"] = one.values
    if one.told is Told.CHANGED and one.dropped:
        shown["dropped"] = one.dropped
    return shown


LISTING: Final = "difference"


def _cursor_of(actor: Actor, state: str, at: Place) -> str:
    values = [at.since, at.number, at.chunks, at.chunk, at.license]
    return seal_cursor(actor, f"{LISTING}|{state}", values)


def _place_of(actor: Actor, state: str, cursor: str) -> Place:
    """Return the place that a cursor holds. Raises `Invalid` for any that is not the actor's."""
    return Place(*open_cursor(actor, f"{LISTING}|{state}", cursor))


def _encoded(value: dict[str, Any]) -> bytes:
    text = json.dumps(
        value, separators=(",", ":"), ensure_ascii=False, cls=DjangoJSONEncoder
    )
    return text.encode() + b"\n"


urlpatterns = [
    path(
        "states/<str:code>/publications",
        PublicationsView.as_view(),
        name="publications",
    ),
    path(
        "states/<str:code>/publications/<int:number>/changes",
        publication_changes,
        name="publication-changes",
    ),
]
