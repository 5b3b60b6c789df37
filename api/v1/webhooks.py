"""The resource /v1/webhooks: an organization's endpoints that are told of news in the feeds."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.change_shapes import feed_position
from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import Denied
from states.webhooks.access import endpoint_by_id, lines_of
from states.webhooks.actions import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    replay_endpoint,
    rotate_secret,
)
from states.webhooks.delivering import send_test
from states.webhooks.models import Attempt, Endpoint
from states.webhooks.queries import attempts_after, endpoints_of

LOOK = Need(Permission.CHANGES_READ, Action.MANAGE)
SET_UP = Need(Permission.CREDENTIALS_MANAGE, Action.MANAGE)


def _state() -> serializers.RegexField:
    return serializers.RegexField(r"\A[A-Z]{2}\Z", help_text="A state's code: `OH`.")


class WebhookSerializer(StrictSerializer):
    """A webhook, without its secret."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.CharField(max_length=2000, help_text="https only.")
    description = serializers.CharField(
        max_length=200, required=False, allow_blank=True
    )
    states = serializers.ListField(child=_state(), min_length=1, max_length=60)
    enabled = serializers.BooleanField(required=False)
    disabled_reason = serializers.CharField(
        read_only=True, help_text="`gone`, `failing`, `by_hand`, or empty."
    )
    secrets_overlap_until = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret, shown this once."""

    secret = serializers.CharField(read_only=True)


class WebhooksSerializer(serializers.Serializer[Any]):
    """All webhooks of the organization."""

    results = WebhookSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RotateSerializer(StrictSerializer):
    """How long the old secret signs beside the new one."""

    overlap_hours = serializers.IntegerField(
        required=False, default=24, min_value=0, max_value=168
    )


class ReplaySerializer(StrictSerializer):
    """From where a state's news is told anew; without `after`, from the beginning."""

    state = _state()
    after = serializers.CharField(required=False, max_length=2000)


class AttemptSerializer(serializers.Serializer[Any]):
    """One attempt at delivering a message."""

    message = serializers.SerializerMethodField()
    type = serializers.CharField(source="kind")
    state = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    outcome = serializers.CharField(
        help_text="`delivered`, `status`, `timeout`, `tls_failed`, `connection_failed`, `address_forbidden`."
    )
    status = serializers.IntegerField(allow_null=True)
    milliseconds = serializers.IntegerField()

    def get_message(self, attempt: Attempt) -> str:
        """Return the message's id, as the header `webhook-id` has it."""
        return f"msg_{attempt.message.hex}"


class AttemptsSerializer(serializers.Serializer[Any]):
    """A page of the delivery log, newest first."""

    results = AttemptSerializer(many=True)
    next = serializers.CharField(allow_null=True)


_NEW = {"url": "https://hooks.example.org/voters", "states": ["OH"]}


class WebhooksView(CoopView):
    """The organization's webhooks."""

    needs: ClassVar = {"GET": LOOK, "POST": SET_UP}

    @extend_schema(operation_id="webhooks_list", responses=WebhooksSerializer)
    def get(self, request: CoopRequest) -> Response:
        """Return your organization's webhooks; there are twenty at most."""
        return Response(
            {"results": [_shown(one) for one in endpoints_of()], "next": None}
        )

    @extend_schema(
        operation_id="webhooks_create",
        request=WebhookSerializer,
        responses={201: WebhookWithSecretSerializer},
        examples=[OpenApiExample("Ohio", _NEW, request_only=True)],
    )
    def post(self, request: CoopRequest) -> Response:
        """Set up a webhook that is told of what is new from now on. Its secret is shown this once."""
        asked = self.body(WebhookSerializer)
        asked.pop("enabled", None)
        endpoint, secret = create_endpoint(**asked, by=request.actor)
        return Response(_shown(endpoint) | {"secret": secret}, 201)


class WebhookView(CoopView):
    """One webhook."""

    needs: ClassVar = {"GET": LOOK, "PATCH": SET_UP, "DELETE": SET_UP}

    @extend_schema(operation_id="webhooks_get", responses=WebhookSerializer)
    def get(self, request: CoopRequest, webhook: UUID) -> Response:
        """Return a webhook."""
        return Response(_shown(endpoint_by_id(webhook)))

    @extend_schema(
        operation_id="webhooks_change",
        request=WebhookSerializer(partial=True),
        responses=WebhookSerializer,
        examples=[OpenApiExample("Switch on", {"enabled": True}, request_only=True)],
    )
    def patch(self, request: CoopRequest, webhook: UUID) -> Response:
        """Change what is given. Switched on again, it is told what it missed."""
        shape = WebhookSerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        asked = dict(shape.validated_data)
        return Response(
            _shown(change_endpoint(endpoint=webhook, by=request.actor, **asked))
        )

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    def delete(self, request: CoopRequest, webhook: UUID) -> Response:
        """Remove a webhook with its log."""
        delete_endpoint(endpoint=webhook, by=request.actor)
        return Response(status=204)


class RotateView(CoopView):
    """A webhook's secret."""

    needs: ClassVar = {"POST": SET_UP}

    @extend_schema(
        operation_id="webhooks_rotate",
        request=RotateSerializer,
        responses=WebhookWithSecretSerializer,
        examples=[OpenApiExample("A day", {"overlap_hours": 24}, request_only=True)],
    )
    def post(self, request: CoopRequest, webhook: UUID) -> Response:
        """Give a webhook a new secret, shown this once; the old one signs beside it for a while."""
        hours = self.body(RotateSerializer)["overlap_hours"]
        endpoint, secret = rotate_secret(
            endpoint=webhook, overlap=dt.timedelta(hours=hours), by=request.actor
        )
        return Response(_shown(endpoint) | {"secret": secret})


class TestView(CoopView):
    """A test message."""

    needs: ClassVar = {"POST": Need(Permission.CREDENTIALS_MANAGE, None)}
    throttle = "sensitive"

    @extend_schema(
        operation_id="webhooks_test", request=None, responses=AttemptSerializer
    )
    def post(self, request: CoopRequest, webhook: UUID) -> Response:
        """Send a test message now and return what became of it; it is not tried again."""
        if request.actor.test:
            raise Denied("test_credential", "A test credential sends nothing.")
        with acting_as(request.actor, Action.MANAGE):
            endpoint = endpoint_by_id(webhook)
        attempt = send_test(endpoint=endpoint, by=request.actor)
        return Response(AttemptSerializer(attempt).data)


class ReplayView(CoopView):
    """Telling anew."""

    needs: ClassVar = {"POST": SET_UP}

    @extend_schema(
        operation_id="webhooks_replay",
        request=ReplaySerializer,
        responses={202: None},
        examples=[OpenApiExample("All of Ohio", {"state": "OH"}, request_only=True)],
    )
    def post(self, request: CoopRequest, webhook: UUID) -> Response:
        """Tell a webhook anew of a state's news, from a cursor of `GET /v1/changes` on."""
        asked = self.body(ReplaySerializer)
        state = asked["state"]
        position = feed_position(request.actor, state, asked.get("after"))
        replay_endpoint(
            endpoint=webhook, state=state, position=position, by=request.actor
        )
        return Response(status=202)


class DeliveriesView(CoopView):
    """A webhook's delivery log."""

    needs: ClassVar = {"GET": LOOK}

    @extend_schema(
        operation_id="webhooks_deliveries",
        parameters=[PageQuerySerializer],
        responses=AttemptsSerializer,
    )
    def get(self, request: CoopRequest, webhook: UUID) -> Response:
        """Return the attempts at delivering to a webhook, newest first."""
        asked = self.query(PageQuerySerializer)
        endpoint = endpoint_by_id(webhook)
        name, after = f"webhook|{endpoint.id}", None
        if "cursor" in asked:
            at, last = open_cursor(request.actor, name, asked["cursor"])
            after = (dt.datetime.fromisoformat(at), UUID(last))
        rows = attempts_after(endpoint.id, after, asked["limit"] + 1)
        shown, following = page(
            request.actor,
            name,
            rows,
            asked["limit"],
            lambda one: [one.at.isoformat(), one.id],
        )
        results = AttemptSerializer(shown, many=True).data
        return Response({"results": results, "next": following})


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "states": [line.state for line in lines_of(endpoint.id)],
        "enabled": endpoint.disabled_at is None,
        "disabled_reason": endpoint.disabled_reason,
        "secrets_overlap_until": endpoint.old_secret_until,
        "created_at": endpoint.created_at,
    }


urlpatterns = [
    path("webhooks", WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<uuid:webhook>", WebhookView.as_view(), name="webhook"),
    path("webhooks/<uuid:webhook>/rotate", RotateView.as_view(), name="webhook-rotate"),
    path("webhooks/<uuid:webhook>/test", TestView.as_view(), name="webhook-test"),
    path("webhooks/<uuid:webhook>/replay", ReplayView.as_view(), name="webhook-replay"),
    path(
        "webhooks/<uuid:webhook>/deliveries",
        DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
]
