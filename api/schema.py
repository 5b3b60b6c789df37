"""The OpenAPI document: what drf-spectacular cannot read off the views by itself."""

from __future__ import annotations

import inspect
import re
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final

from django.urls import URLPattern
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from api.idempotency import HEADER as IDEMPOTENCY_HEADER
from api.problems import MEDIA_TYPE
from api.views import SAFE_METHODS, CoopView

PROBLEMS: Final = (400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 503)
"""What any operation may answer besides its own; 503 comes with Retry-After."""

SAFE_PROBLEMS: Final = (400, 401, 403, 404, 406, 422, 429, 503)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes `Authorization: Bearer <key>`."""

    target_class = "api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "vfc_…"}


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes a person's session."""

    target_class = "api.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class CoopSchema(AutoSchema):
    """Adds the headers that every view understands, and says what each method needs."""

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters that no view declares."""
        if not isinstance(self.view, CoopView) or self.method in SAFE_METHODS:
            return []
        return [
            OpenApiParameter(
                IDEMPOTENCY_HEADER,
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The same request with the same key is done once and answered the same for a day.",
            )
        ]

    def get_description(self) -> str:  # type: ignore[override]
        """Return the description, with the permission that the method needs."""
        text = str(super().get_description() or "")
        if not isinstance(self.view, CoopView) or self.method not in self.view.needs:
            return text
        need = self.view.needs[self.method]
        needed = f"Permission: `{need.permission}`." if need.permission else ""
        throttle = f"Throttle: `{self.view.throttle_of(self.method)}`."
        return "\n\n".join(
            part for part in (text, f"{needed} {throttle}".strip()) if part
        )


def add_problems(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - drf-spectacular fixes the signature
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001, FBT001
) -> dict[str, Any]:
    """Add the problems that any operation may answer, and their shape."""
    result["paths"] |= _streams()
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _problem_shape()
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1/") and isinstance(operation, dict):
                _add(operation, method.upper())
    return result


def _streams() -> dict[str, Any]:
    """Return the operations of plain views, which drf-spectacular does not see."""
    routes = import_module("api.urls").routes
    return {
        "/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern)): {
            "get": _stream_operation(route)
        }
        for route in routes
        if not hasattr(route.callback, "view_class")
    }


def _stream_operation(route: URLPattern) -> dict[str, Any]:
    view = route.callback
    kinds = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
    media_type = getattr(view, "media_type", "text/csv")
    needs = getattr(view, "needs", {})
    permission = f"\n\nPermission: `{needs['GET']}`." if needs else ""
    return {
        "operationId": str(route.name).replace("-", "_"),
        "description": (inspect.getdoc(view) or "") + permission,
        "tags": [str(route.pattern).partition("/")[0]],
        "security": [{"key": []}, {"session": []}] if needs else [],
        "parameters": [
            {
                "in": "path",
                "name": name,
                "required": True,
                "schema": kinds.get(kind.rstrip(":"), {"type": "string"}),
            }
            for kind, name in re.findall(r"<(\w+:)?(\w+)>", str(route.pattern))
        ]
        + _query_parameters(getattr(view, "query", None)),
        "responses": {
            "200": {
                "description": "A stream.",
                "content": {media_type: _sent(getattr(view, "example", ""))},
            }
        },
    }


def _sent(example: str) -> dict[str, Any]:
    """Return what a stream sends, with an example where it names one."""
    sent: dict[str, Any] = {"schema": {"type": "string"}}
    if example:
        sent["examples"] = {"Lines": {"value": example}}
    return sent


def _query_parameters(shape: type[Serializer[Any]] | None) -> list[dict[str, Any]]:
    return [
        {
            "in": "query",
            "name": name,
            "required": one.required,
            "description": str(one.help_text or ""),
            "schema": {"type": "string"},
        }
        for name, one in (shape().fields.items() if shape else ())
    ]


def _add(operation: dict[str, Any], method: str) -> None:
    statuses = SAFE_PROBLEMS if method in SAFE_METHODS else PROBLEMS
    for status in statuses:
        answer = {
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        operation["responses"].setdefault(str(status), answer)


def _problem_shape() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {"pointer": text, "code": text, "detail": text},
    }
    return {
        "type": "object",
        "description": "A problem (RFC 9457). `code` is stable; docs/api.md lists them.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "code": text,
            "request_id": text,
            "errors": {"type": "array", "items": fault},
        },
        "examples": [
            {
                "type": "https://coop.example.org/problems/permission_missing",
                "title": "Forbidden",
                "status": 403,
                "detail": "This needs the permission voters:export, which your role or credential does not have.",
                "code": "permission_missing",
                "request_id": "5f2d9a3c7b1e4f60a8d2c4e6b8f01234",
                "permission": "voters:export",
            }
        ],
    }
