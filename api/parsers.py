"""Reading a body: JSON of a limited size, holding only text that the database can store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from coop.errors import Invalid, TooLarge
from coop.strict_json import UNSTORABLE, NotJson, strict_json
from states.canvass.lines import Unpacked, unsupported_coding

CHUNK: Final = 1 << 20
GZIP_BEGINS: Final = b"\x1f\x8b"


class LimitedJSONParser(BaseParser):
    """Parses a JSON body of at most settings.DATA_UPLOAD_MAX_MEMORY_SIZE bytes.

    In gzip where its Content-Encoding says so. Raises `TooLarge`, `Invalid` for another coding or
    a damaged one, or `ParseError` for what is not JSON (also NaN and bottomless nesting).
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise body_too_large()
        asked = (parser_context or {}).get("request")
        return json_of(_unpacked(raw, coding_of(asked)) if asked else raw)


def json_of(raw: bytes) -> Any:
    """Return the value of JSON in UTF-8.

    Raises `ParseError` for what is none (also NaN and bottomless nesting), `Invalid` for
    text that the database cannot store.
    """
    try:
        return strict_json(raw)
    except NotJson as error:
        raise ParseError(str(error)) from error


def is_unannounced(request: HttpRequest) -> bool:
    """Tell whether a body comes in chunks, without its length."""
    coding = request.headers.get("Transfer-Encoding", "")
    return "Content-Length" not in request.headers and "chunked" in coding.lower()


def coding_of(request: HttpRequest | Request) -> str:
    """Return a body's content coding, '' where none is named."""
    return str(request.headers.get("Content-Encoding", "")).strip().lower()


def limited_body(request: HttpRequest) -> bytes:
    """Return a JSON request's body, read once and unpacked. Raises as the parser does."""
    if is_unannounced(request) and not hasattr(request, "_body"):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = request.read(limit + 1)
        if len(raw) > limit:
            raise body_too_large()
        request._body = raw  # noqa: SLF001 - where Django keeps it
    return _unpacked(request.body, coding_of(request))


def _unpacked(raw: bytes, coding: str) -> bytes:
    unpacking, whole = Unpacked(coding), bytearray()
    for piece in unpacking.feed(raw):
        whole += piece
        if len(whole) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise body_too_large()
    unpacking.close()
    return bytes(whole)


def unpacked_chunks(request: Request) -> Iterator[bytes]:
    """Yield a raw body as it comes, unpacked where its Content-Encoding is gzip.

    Raises as `body_chunks` does, and `Invalid` for another coding, a damaged one, or one that is
    there and not named: what is packed holds no rows.
    """
    coding = coding_of(request)
    unpacking, is_first = Unpacked(coding), True
    for chunk in body_chunks(request):
        if is_first and not coding and chunk.startswith(GZIP_BEGINS):
            raise unsupported_coding()
        is_first = False
        yield from unpacking.feed(chunk)
    unpacking.close()


def body_chunks(request: Request) -> Iterator[bytes]:
    """Yield a raw body as it comes. Raises `Invalid` (`upload_is_a_form`) for a form."""
    if (request.content_type or "").startswith("multipart/"):
        raise Invalid(
            "upload_is_a_form", "Send the file's bytes as the body, not in a form."
        )
    body = request._request  # noqa: SLF001 - the one way to a body that nobody has parsed
    while chunk := body.read(CHUNK):
        yield chunk


def body_too_large() -> TooLarge:
    """Return the error of a body over the limit."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    detail = f"The body is larger than {limit} bytes; send it in parts."
    return TooLarge("body_too_large", detail, extra={"limit": limit})


def check_characters(request: Request) -> None:
    """Raise `Invalid` for a path or query that holds text the database cannot store."""
    texts = [request.path, *request.query_params]
    texts += [value for one in request.query_params.lists() for value in one[1]]
    if any(UNSTORABLE.search(text) for text in texts):
        raise Invalid(
            "character_invalid", "The address holds a NUL or half a character."
        )
