"""Guard rails: which differences are strange enough that a person must look before publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from coop.errors import Conflict
from states.imports.models import Import, Status

GONE_SHARE: Final = 0.20
REJECTED_SHARE: Final = 0.05
CONFIDENTIAL_FALL: Final = 0.50

Reason = dict[str, str]


def reasons_to_review(
    figures: Mapping[str, int], file_date: dt.date, published: dt.date | None
) -> list[Reason]:
    """Return why a difference must not be published unseen; empty if it may.

    `published` is the file date of what is published now, None before the first.
    """
    return [*_of_figures(figures), *_of_date(file_date, published)]


def _of_figures(figures: Mapping[str, int]) -> Iterator[Reason]:
    gone, before = figures["gone"], figures["in_scope"]
    if gone > GONE_SHARE * before:
        yield _reason(
            "many_gone", f"{gone:,} of {before:,} voters would be gone: over a fifth."
        )
    rejected, rows = figures["rejected"], figures["rows"]
    if rejected > REJECTED_SHARE * rows:
        yield _reason(
            "many_rejected", f"{rejected:,} of {rows:,} lines gave no row: over 5 %."
        )
    now, then = figures["confidential"], figures["confidential_before"]
    if now < (1 - CONFIDENTIAL_FALL) * then:
        yield _reason(
            "confidential_fell",
            f"{now:,} voters are marked confidential, and {then:,} were: under half.",
        )


def _of_date(file_date: dt.date, published: dt.date | None) -> Iterator[Reason]:
    if published and file_date < published:
        yield _reason(
            "older_file",
            f"The file is of {file_date}, and what is published is of {published}.",
        )


def _reason(code: str, detail: str) -> Reason:
    return {"code": code, "detail": detail}


def check_publishable(run: Import) -> None:
    """Raise `Conflict` unless the import waits for someone to publish it."""
    if run.status != Status.READY:
        raise Conflict(
            "import_not_ready",
            f"The import is {run.status}: only a ready one is published.",
        )


CANCELABLE: Final = (Status.QUEUED, Status.READING, Status.COMPARING, Status.READY)


def check_cancelable(run: Import) -> None:
    """Raise `Conflict` for an import that has ended, or is just being published."""
    if run.status not in CANCELABLE:
        raise Conflict(
            "import_not_cancelable",
            f"The import is {run.status}: it cannot be canceled.",
        )
