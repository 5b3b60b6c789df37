"""The work of importing: claim, go on where the last worker stopped, step by step to the end.

A task of bounded time and the command line both call this; a killed worker's import is
taken over when its lease has run out.
"""

from __future__ import annotations

import time
from typing import Final

import structlog

from states.imports import publishing, rollback, staging
from states.imports.comparing import compare
from states.imports.errors import ImportRefused, LeaseLost, StagingLost
from states.imports.failing import take_failure
from states.imports.lease import Claim, beating, claim_import, importing, release
from states.imports.lines import ReadAgain
from states.imports.models import Status
from states.imports.reading import begin, read_on
from states.imports.timings import timed

TURN_SECONDS: Final = 45.0
MOST_ATTEMPTS: Final = 5
"""Workers that may be lost over one import before it is set aside as failed."""

_log = structlog.get_logger("states.imports")


def run_imports(seconds: float = TURN_SECONDS) -> bool:
    """Work on waiting imports for about so long; true if there is more to do.

    First drops what canceled and killed imports left in staging.
    """
    until = time.monotonic() + seconds
    staging.drop_left_over()
    while time.monotonic() < until:
        claim = claim_import()
        if claim is None:
            return False
        work_on(claim, until)
    return True


def work_on(claim: Claim, until: float) -> None:
    """Take a leased import as far as it gets before the clock passes `until`."""
    log = _log.bind(import_id=str(claim.import_id))
    try:
        with beating(claim):
            _go_on(claim, until)
    except ImportRefused as refused:
        log.info("import failed", code=refused.code)
        publishing.fail(claim, refused)
    except ReadAgain:
        log.info("files contradict each other, reading every line")
        publishing.begin_again(claim, {"plain": True})
    except StagingLost:
        log.warning("staging lost, beginning again")
        publishing.begin_again(claim)
    except LeaseLost:
        log.info("lease lost")
    except Exception as error:
        log.exception("import step failed")
        take_failure(claim, error)


def _go_on(claim: Claim, until: float) -> None:
    """Do steps until time is up or the import is over or waits for a person."""
    with importing(claim) as run:
        status, attempts, goes_back = run.status, run.attempts, run.rolls_back_to
    if attempts >= MOST_ATTEMPTS:
        raise ImportRefused(
            "gave_up",
            f"The import was interrupted {attempts} times; order it again, or tell the operator.",
        )
    if goes_back is not None:
        rollback.roll_back(claim)
        return
    if status == Status.READING:
        with timed(claim, "reading"):
            begin(claim)
            is_read = read_on(claim, until)
        if not is_read:
            release(claim)
            return
    if status in (Status.READING, Status.COMPARING):
        status = compare(claim)
    if status == Status.PUBLISHING:
        publishing.publish(claim)
