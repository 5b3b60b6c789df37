"""GET /v1/downloads/<token>: an export's file as a stream, by a link that needs no header.

Plain Django and asynchronous: each chunk is made in a thread, in a transaction of its own.
A stream that ends early ends without its last chunk, so that the client sees it is not whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed

from api.authentication import client_address
from api.problems import plain_problem
from api.refusals import account_for
from api.throttles import Throttled, count
from coop.request_log import request_id_of
from states.lists.downloads import (
    Chunk,
    Download,
    cut_download,
    finish_download,
    first_chunk,
    next_chunk,
    open_link,
    reason_of,
    start_download,
)

CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


class StreamCut(Exception):  # noqa: N818  # reads as what happened
    """A stream that had begun was ended early; its reason is in the ledger."""


async def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Stream the file behind a link, judged afresh; problems before the first byte are answers."""
    try:
        _check_method(request)
        started, chunk = await sync_to_async(_begin)(request, token)
    except Exception as error:  # noqa: BLE001 - every error becomes a problem
        return await sync_to_async(plain_problem)(error, request)
    response = StreamingHttpResponse(
        _stream(started, chunk), content_type=CONTENT_TYPES[started.format]
    )
    name = f"{started.export}.{started.format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


download.csrf_exempt = True  # type: ignore[attr-defined]  # there is nothing to forge


def _check_method(request: HttpRequest) -> None:
    if request.method != "GET":
        raise MethodNotAllowed(str(request.method))


def _begin(request: HttpRequest, token: str) -> tuple[Download, Chunk]:
    """Open the link and make the first chunk; a refusal of its holder is written down."""
    _throttle(request, token)
    link = open_link(token=token, request_id=request_id_of(request))
    try:
        started = start_download(link)
        return started, _first(started)
    except Exception as error:
        account_for(error, by=link.actor, request=request)
        raise


def _first(started: Download) -> Chunk:
    try:
        return first_chunk(started)
    except Exception as error:
        cut_download(started, reason=reason_of(error))
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
        cut = sync_to_async(cut_download)(started, reason=reason_of(error))
        await asyncio.shield(cut)
        if isinstance(error, Exception):
            raise StreamCut(reason_of(error)) from error
        raise
    finally:
        await sync_to_async(connections.close_all)()
