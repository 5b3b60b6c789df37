"""What HTTP makes of errors: RFC 9457 problems with stable codes. The only place that knows statuses."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.conf import settings
from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from psycopg.errors import InsufficientPrivilege
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response

from coop.errors import CoopError, FieldFault, TooLarge, not_found
from coop.request_log import request_id_of

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_found": HTTPStatus.NOT_FOUND,
    "denied": HTTPStatus.FORBIDDEN,
    "conflict": HTTPStatus.CONFLICT,
    "gone": HTTPStatus.GONE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_many": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
CODES_STATUSES: Final[Mapping[str, int]] = {
    "checksum_mismatch": 460,  # tus names this one
    "checksum_unsupported": 400,
    "tus_version_unsupported": 412,
    "upload_busy": 423,
    "upload_stalled": 408,
}
"""Codes whose status a protocol that clients know prescribes, whatever their kind."""
RETRY_AFTER_SECONDS: Final = 5
DRF_CODES: Final[Mapping[type[drf.APIException], str]] = {
    drf.ParseError: "malformed",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.UnsupportedMediaType: "media_type_unsupported",
    drf.NotAcceptable: "not_acceptable",
    drf.NotFound: "not_found",
    drf.Throttled: "throttled",
}

_log = structlog.get_logger("coop.problem")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem on its way out: status, code, sentence, faults, further members, headers."""

    status: int
    code: str
    detail: str
    faults: tuple[FieldFault, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the members of the answer, as RFC 9457 names them, and ours."""
        body: dict[str, Any] = dict(self.extra)
        body |= {
            "type": f"{settings.PUBLIC_URL}/problems/{self.code}",
            "title": _title(self.status),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.faults:
            body["errors"] = [_shown(one) for one in self.faults]
        return body


def _title(status: int) -> str:
    known = {one.value: one.phrase for one in HTTPStatus}
    return known.get(status, "Checksum Mismatch")


def _shown(fault: FieldFault) -> dict[str, Any]:
    shown = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    return shown | dict(fault.at or {})


def problem(error: Exception, request: Request) -> Response:
    """Return the answer that an error is; an unexpected one is logged, and shows nothing of itself."""
    made = problem_of(error)
    if made is None:
        made = unexpected(error, request)
    body = made.body(request_id_of(request))
    return Response(
        body, made.status, headers=dict(made.headers), content_type=MEDIA_TYPE
    )


def plain_problem(error: Exception, request: HttpRequest) -> HttpResponse:
    """Return the same answer for a view that is plain Django, such as a stream."""
    made = problem_of(error)
    if made is None:
        made = unexpected(error, request)
    return problem_response(made, request)


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer for views that are not `CoopView`: the schema and its page."""
    return problem(error, context["request"])


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that nothing answers: a problem below /v1/, a page elsewhere."""
    if request.path.startswith("/v1/"):
        return plain_problem(not_found("address"), request)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses before any view sees it."""
    if request.path.startswith("/v1/"):
        made = Problem(400, "malformed", "The request is malformed.")
        return problem_response(made, request)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error outside the views: nothing of it is shown."""
    if request.path.startswith("/v1/"):
        return problem_response(_internal(), request)
    return defaults.server_error(request)


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that an error is, or None for an error that nobody expected."""
    if isinstance(error, CoopError):
        return _of_domain(error)
    if isinstance(error, drf.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return _of_domain(not_found("thing"))
    if isinstance(error, django_errors.RequestDataTooBig):
        return _of_domain(TooLarge("body_too_large", "The body is too large."))
    if isinstance(error, DatabaseError | InterfaceError | RedisError):
        return _of_store(error)
    return None


def _of_domain(error: CoopError) -> Problem:
    extra = dict(error.extra)
    status = CODES_STATUSES.get(error.code, STATUSES[error.kind])
    waits = error.kind in {"too_many", "unavailable"} or "retry_after" in extra
    if not waits:
        return Problem(status, error.code, error.detail, tuple(error.faults), extra)
    seconds = max(1, int(extra.setdefault("retry_after", RETRY_AFTER_SECONDS)))
    headers = {"Retry-After": str(seconds)}
    return Problem(
        status, error.code, error.detail, tuple(error.faults), extra, headers
    )


def _of_framework(error: drf.APIException) -> Problem:
    if isinstance(error, drf.ValidationError):
        faults = tuple(_faults(error.get_full_details(), ""))
        return Problem(422, "invalid", "The input has faults.", faults)
    code = DRF_CODES.get(type(error))
    if code is None:
        code = str(error.get_codes())
    headers = _framework_headers(error)
    return Problem(error.status_code, code, str(error.detail), headers=headers)


def _framework_headers(error: drf.APIException) -> dict[str, str]:
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="coop"'}
    return {}


def _of_store(error: Exception) -> Problem | None:
    """Return the database's own refusal, or a store that does not answer, or None."""
    if isinstance(error.__cause__, InsufficientPrivilege):
        _log.error("refused by the database", error=type(error.__cause__).__name__)
        return Problem(403, "denied", "Your grants do not cover this now.")
    if isinstance(error, OperationalError | InterfaceError | RedisError):
        _log.warning("store unavailable", error=type(error).__name__)
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        sentence = "The service cannot do this now; try again."
        return Problem(503, "unavailable", sentence, headers=headers)
    return None


def unexpected(error: Exception, request: Request | HttpRequest) -> Problem:
    """Return the problem of an error that nobody expected; log where, not its message: that may quote a row."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
    _log.error("unexpected error", error=type(error).__qualname__, where=where)
    plain = request._request if isinstance(request, Request) else request  # noqa: SLF001
    got_request_exception.send(sender=None, request=plain)
    return _internal()


def _internal() -> Problem:
    sentence = "Something went wrong on our side. Tell the operator the request id."
    return Problem(500, "internal_error", sentence)


def problem_response(made: Problem, request: HttpRequest) -> HttpResponse:
    """Return a problem as an answer of plain Django."""
    return JsonResponse(
        made.body(request_id_of(request)),
        status=made.status,
        headers=dict(made.headers),
        content_type=MEDIA_TYPE,
    )


def _faults(details: Any, pointer: str) -> Iterator[FieldFault]:
    """Yield the faults of DRF's nested details, each with its JSON pointer."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield FieldFault(pointer, str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            below = "" if name == "non_field_errors" else f"/{_escaped(name)}"
            yield from _faults(inner, pointer + below)
    elif isinstance(details, list):
        for number, inner in enumerate(details):
            yield from _faults(inner, _item(pointer, number, inner))


def _item(pointer: str, number: int, inner: Any) -> str:
    """Tell the messages of one place from the entries of a list, one for each item."""
    is_message = isinstance(inner, dict) and set(inner) == {"message", "code"}
    return pointer if is_message else f"{pointer}/{number}"


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
