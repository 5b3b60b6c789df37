"""Guard rails: which differences are strange enough that a person must look before publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from coop.errors import Conflict, FieldFault, Invalid
from states.imports.guards import Guard, Verdict
from states.imports.models import Import, Status

Reason = dict[str, str]
MOST: Final = 100.0
"""The largest threshold: a hundred times what was there, which nothing reaches."""
OLDER_FILE: Final = "older_file"


def reasons_to_review(
    guards: Sequence[Mapping[str, Any]], file_date: dt.date, published: dt.date | None
) -> list[Reason]:
    """Return why a difference must not be published unseen; empty if it may.

    `guards` are what the rails measured, `published` is the file date of what is
    published now, None before the first.
    """
    stopped = [one for one in guards if one["verdict"] == Verdict.STOPPED]
    reasons = [_reason(one["guard"], one["detail"]) for one in stopped]
    if published and file_date < published:
        older = f"The file is of {file_date}, and what is published is of {published}."
        reasons.append(_reason(OLDER_FILE, older))
    return reasons


def _reason(code: str, detail: str) -> Reason:
    return {"code": code, "detail": detail}


def check_thresholds(given: Mapping[str, float]) -> None:
    """Raise `Invalid` for a guard that there is not, or a threshold that measures nothing."""
    faults = []
    for name, threshold in given.items():
        if name not in set(Guard):
            faults.append(
                FieldFault(f"/{name}", "guard_unknown", f"There is no guard {name}.")
            )
        elif not 0 <= threshold <= MOST:
            faults.append(
                FieldFault(f"/{name}", "out_of_range", f"A share from 0 to {MOST}.")
            )
    if faults:
        raise Invalid("invalid", "The thresholds have faults.", faults)


def check_reasoned(run: Import, reason: str) -> None:
    """Raise `Invalid` where an older file than the published one is published without a reason."""
    is_older = any(one["code"] == OLDER_FILE for one in run.needs_review)
    if is_older and not reason.strip():
        raise Invalid(
            "reason_missing",
            "The file is older than what is published: say why it is published.",
            [FieldFault("/reason", "reason_missing", "Needed for an older file.")],
        )


def check_arrived(unfinished: int) -> None:
    """Raise `Conflict` while a delivery's files are still on their way: whom they hold would be gone."""
    if unfinished:
        raise Conflict(
            "uploads_unfinished",
            f"{unfinished:,} uploads of the delivery are still arriving or being judged: "
            "wait until they are files, or end them.",
        )


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


KEPT_PUBLICATIONS: Final = 3
"""How far back a rollback goes; sec.kept_reverses() says the same to the database."""


def check_rollback(to: int, newest: int | None, reason: str) -> int:
    """Return the newest publication's number; raise unless `to` can be gone back to from it.

    `Conflict` for a publication that is not among the last ones before the newest,
    `Invalid` without a reason.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Say why the state's voters go back to an earlier publication.",
            [FieldFault("/reason", "reason_missing", "Needed.")],
        )
    if newest is None or not max(1, newest - KEPT_PUBLICATIONS) <= to < newest:
        raise Conflict(
            "rollback_not_kept",
            f"Only the last {KEPT_PUBLICATIONS} publications before the newest can be gone back to.",
        )
    return newest
