"""GET /v1/downloads/<token>: an export's file as a stream, by a link that needs no header.

Plain Django and asynchronous: each chunk is made in a thread, in a transaction of its own.
A stream that ends early ends without its last chunk, so that the client sees it is not whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed

from api.authentication import client_address
from api.problems import Problem, plain_problem, problem_response
from api.ranges import Part, part_of
from api.refusals import account_for
from api.throttles import Throttled, count
from coop.errors import CoopError
from coop.request_log import request_id_of
from states.lists.chunks import first_chunk, next_chunk
from states.lists.downloads import Chunk, Download, open_link, start_download
from states.lists.ending import end_download, finish_download, reason_of
from states.lists.models import Format
from states.lists.serving import Serving, note_cut, open_kept, served_pieces

CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


class StreamCut(Exception):  # noqa: N818  # reads as what happened
    """A stream that had begun was ended early; its reason is in the ledger."""


@dataclass(frozen=True, slots=True)
class Again:
    """A kept file that is fetched again: the part asked for (None: it has none such), and its pieces."""

    request: HttpRequest
    serving: Serving
    tag: str
    part: Part | None
    first: bytes
    rest: Iterator[bytes]


async def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the file behind a link, judged afresh; problems before the first byte are answers."""
    try:
        _check_method(request)
        begun = await sync_to_async(_begin)(request, token)
    except Exception as error:  # noqa: BLE001 - every error becomes a problem
        return await sync_to_async(plain_problem)(error, request)
    if isinstance(begun, Again):
        return _served(begun)
    started, chunk = begun
    content = CONTENT_TYPES[started.format]
    response = StreamingHttpResponse(_stream(started, chunk), content_type=content)
    return _described(response, started.export, started.format)


def _served(again: Again) -> HttpResponseBase:
    """Return a part of a kept file, or all of it, with what a client needs to go on later."""
    part, serving = again.part, again.serving
    response: HttpResponseBase
    if part is None:
        made = Problem(
            416,
            "range_not_satisfiable",
            "The file has no byte in that range.",
            headers={"Content-Range": f"bytes */{serving.size}"},
        )
        return problem_response(made, again.request)
    response = StreamingHttpResponse(
        _pieces(again),
        status=200 if part.whole else 206,
        content_type=CONTENT_TYPES[serving.format],
    )
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = again.tag
    response["Content-Length"] = str(part.stop - part.start)
    if not part.whole:
        last = f"{part.start}-{part.stop - 1}"
        response["Content-Range"] = f"bytes {last}/{serving.size}"
    return _described(response, serving.opens.export, serving.format)


def _described(
    response: HttpResponseBase, export: UUID, form: Format
) -> HttpResponseBase:
    name = f"{export}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


download.csrf_exempt = True  # type: ignore[attr-defined]  # there is nothing to forge


def _check_method(request: HttpRequest) -> None:
    if request.method != "GET":
        raise MethodNotAllowed(str(request.method))


def _begin(request: HttpRequest, token: str) -> tuple[Download, Chunk] | Again:
    """Open the link and what was kept of it, or make the first chunk; a refusal of its holder is written down."""
    _throttle(request, token)
    link = open_link(token=token, request_id=request_id_of(request))
    try:
        serving = open_kept(link)
        if serving is not None:
            return _again(request, serving)
        started = start_download(link)
        return started, _first(started)
    except Exception as error:
        account_for(error, by=link.actor, request=request)
        raise


def _again(request: HttpRequest, serving: Serving) -> Again:
    """Find the part that is asked for, and read its first piece: a damaged file is an answer, not a cut."""
    tag = f'"{serving.sha256}"'
    part = part_of(request.headers, size=serving.size, tag=tag)
    rest = served_pieces(serving, part.start, part.stop) if part else iter(())
    return Again(request, serving, tag, part, next(rest, b""), rest)


async def _pieces(again: Again) -> AsyncIterator[bytes]:
    """Yield a kept file's pieces, each while it may be had."""
    try:
        piece: bytes | None = again.first
        while piece is not None:
            yield piece
            piece = await sync_to_async(_next)(again.rest)
    except CoopError as error:
        await sync_to_async(note_cut)(again.serving, error)
        raise StreamCut(error.code) from error
    finally:
        await sync_to_async(connections.close_all)()


def _next(rest: Iterator[bytes]) -> bytes | None:
    return next(rest, None)


def _first(started: Download) -> Chunk:
    try:
        return first_chunk(started)
    except Exception as error:
        end_download(started, reason=reason_of(error))
        raise


def _throttle(request: HttpRequest, token: str) -> None:
    for name, who in (
        ("export", f"link:{token[:16]}"),
        ("sensitive", f"link-from:{client_address(request)}"),
    ):
        rate = count(name, who)
        if rate.used > rate.quota:
            raise Throttled(rate)


async def _stream(started: Download, chunk: Chunk) -> AsyncIterator[bytes]:
    """Yield each chunk once it is accounted for; whatever stops this marks the export cut."""
    try:
        yield chunk.body
        while chunk.after is not None:
            chunk = await sync_to_async(next_chunk)(started, chunk.after)
            yield chunk.body
        await sync_to_async(finish_download)(started)
    except BaseException as error:
        cut = sync_to_async(end_download)(started, reason=reason_of(error))
        await asyncio.shield(cut)
        if isinstance(error, Exception):
            raise StreamCut(reason_of(error)) from error
        raise
    finally:
        await sync_to_async(connections.close_all)()
