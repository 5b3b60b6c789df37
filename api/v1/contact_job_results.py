"""GET /v1/contact-jobs/{job}/results/{outcome}: every row of a job in one of three files, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse

from api.streams import stream
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Invalid, not_found
from coop.organizations.access import check_standing
from states.canvass.job_files import raw_rows_of
from states.canvass.job_models import ContactJob, JobRow
from states.canvass.jobs import get_job

PAGE: Final = 5000
HEADERS: Final = {
    "successful": ("row", "event_id", "id"),
    "failed": ("row", "event_id", "code", "pointer", "detail"),
    "unprocessed": ("row", "record"),
}


@stream(Permission.CONTACTS_READ)
async def results(
    request: HttpRequest,  # noqa: ARG001 - what a view takes
    actor: Actor,
    job: UUID,
    outcome: str,
) -> StreamingHttpResponse:
    """Download a job's rows by outcome, as CSV: `successful`, `failed` or `unprocessed`.

    Each row that was counted is in exactly one of them, by its number from 1: `unprocessed` are
    those that the job has not come to, or never will.
    """
    found = await sync_to_async(_found)(actor, job)
    if outcome not in HEADERS:
        raise not_found("result")
    rows = _unprocessed(found) if outcome == "unprocessed" else None
    return StreamingHttpResponse(
        _parts(actor, found, outcome, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _found(actor: Actor, job: UUID) -> ContactJob:
    with acting_as(actor, Action.READ):
        return get_job(job)


async def _parts(
    actor: Actor, job: ContactJob, outcome: str, rows: Iterator[tuple[int, str]] | None
) -> AsyncIterator[bytes]:
    yield _csv([HEADERS[outcome]])
    after = 0
    while True:
        page = await sync_to_async(_page)(actor, job, outcome, after, rows)
        if not page:
            return
        yield _csv(page)
        after = page[-1][0]


def _page(
    actor: Actor,
    job: ContactJob,
    outcome: str,
    after: int,
    rows: Iterator[tuple[int, str]] | None,
) -> list[tuple[Any, ...]]:
    with acting_as(actor, Action.READ):
        check_standing(by=actor, permission=Permission.CONTACTS_READ)
        if rows is not None:
            return list(islice(rows, PAGE))
        found = JobRow.objects.filter(job=job.id, row__gt=after).order_by("row")
        if outcome == "failed":
            names = HEADERS["failed"]
            return list(found.exclude(code="").values_list(*names)[:PAGE])
        return list(
            found.filter(code="").values_list("row", "event_id", "contact")[:PAGE]
        )


def _unprocessed(job: ContactJob) -> Iterator[tuple[int, str]]:
    """Yield what was not worked on, up to where the file can be read."""
    rows = enumerate(raw_rows_of(job.id, job.format), start=1)
    try:
        yield from islice(rows, job.done, None)
    except Invalid:
        return


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
