"""A process whose children work on imports and stop dead where a test wants to kill them.

Run as `python -m tests.imports.doomed`. Each line on standard input names a function below
and its arguments; a child of its own does it and answers with one line, as prefork
workers do. The parent touches neither database nor data, so its children start fresh.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import django

django.setup()

from coop.actors import OPERATOR, Action, worker_for  # noqa: E402 - settings first
from coop.db.scope import acting_as  # noqa: E402
from coop.jurisdictions.actions import open_state  # noqa: E402
from coop.organizations.actions import found_organization  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.files.actions import enter_file, open_delivery  # noqa: E402
from states.files.storage import receive  # noqa: E402
from states.imports import (  # noqa: E402
    comparing,
    gathering,
    preparing,
    publishing,
    reading,
)
from states.imports.access import import_by_id  # noqa: E402
from states.imports.actions import order_import  # noqa: E402
from states.imports.work import run_imports  # noqa: E402
from states.layouts import decode  # noqa: E402
from states.layouts.parse import parse_voters  # noqa: E402
from tests.api.conftest import make_key  # noqa: E402

BATCH = 50
PLACES: dict[str, tuple[Any, str, int, bool]] = {
    # phase → module, function, at which call of it, and whether after it or before it
    "looked at": (reading, "survey", 1, True),
    "reading": (reading, "_stage", 3, True),
    "read": (gathering, "_check_whole", 1, False),
    "gathering": (gathering, "_gather_votes", 1, True),
    "comparing": (comparing, "_make_difference", 1, True),
    "compared": (publishing, "_publish", 1, False),
    "publishing": (publishing, "_publish", 1, True),
    "published": (publishing, "take_statistics", 1, False),
}


def found() -> dict[str, str]:
    """Found Ohio's party; return its id and a key of it."""
    kind = OrganizationKind.STATE_PARTY
    party = found_organization(kind=kind, name="Ohio Party", by=OPERATOR)
    open_state(code="OH", owner=party.id, by=OPERATOR)
    return {"party": str(party.id), "key": make_key(party).text}


def order(party: str, file: str) -> str:
    """Deliver a file and queue its import."""
    by = worker_for(UUID(party))
    date = dt.date(2026, 11, 15)
    delivery = open_delivery(state="OH", file_date=date, by=by)
    stored = receive([Path(file).read_bytes()])
    enter_file(delivery=delivery.id, name="SWVF.txt", stored=stored, by=by)
    return str(order_import(delivery=delivery.id, by=by).id)


def work(phase: str = "") -> str:
    """Work on what waits; where a phase is named, say so when it is reached, and stop there."""
    vars(preparing)["parse_voters"] = partial(parse_voters, lines=BATCH)
    vars(decode)["BLOCK_BYTES"] = 2_000
    if phase:
        _stop_in(*PLACES[phase])
    run_imports()
    return "over"


def status(party: str, run: str) -> str:
    """Return an import's status."""
    with acting_as(worker_for(UUID(party)), Action.IMPORT):
        return import_by_id(UUID(run)).status


def _stop_in(module: Any, name: str, call: int, after: bool) -> None:
    real = getattr(module, name)
    seen = 0

    def stopping(*given: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen != call:
            return real(*given, **named)
        if after:
            result = real(*given, **named)
            _stop()
            return result
        _stop()
        return real(*given, **named)

    setattr(module, name, stopping)


def _stop() -> None:
    """Say that the place is reached, and stay there until a signal lets go on."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    _tell({"reached": os.getpid()})
    signal.sigwait({signal.SIGUSR1})


def _tell(answer: Any) -> None:
    os.write(1, (json.dumps(answer) + "\n").encode())


FUNCTIONS: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (found, order, work, status)
}


def _child(line: str) -> None:
    asked = json.loads(line)
    try:
        _tell({"answer": FUNCTIONS[asked.pop("do")](**asked)})
    except BaseException as error:  # noqa: BLE001 - the test is told of anything
        _tell({"error": repr(error)})
    finally:
        os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    _tell({"answer": "ready"})
    for line in sys.stdin:
        if os.fork() == 0:
            _child(line)
