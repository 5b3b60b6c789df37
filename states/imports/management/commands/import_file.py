"""``manage.py import_file``: deliver files and folders of a state and import them, with a bar.

Works as the state's owner party's worker: for whoever runs the servers, and in the ledger
like every import.
"""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from coop.actors import Action, Actor, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError
from coop.jurisdictions.models import State
from states.files.actions import enter_file, open_delivery
from states.files.gathering import named_files
from states.files.models import Delivery
from states.files.storage import receive
from states.imports.access import import_by_id
from states.imports.actions import order_import
from states.imports.models import FINAL, Import, Status
from states.imports.progress import Progress as How, progress_of
from states.imports.work import run_imports

CHUNK = 1 << 20
POLL_SECONDS = 0.25
FIGURES = (
    "rows",
    "rejected",
    "inserted",
    "changed",
    "moved",
    "unchanged",
    "returned",
    "gone",
    "confidential",
)


class Command(BaseCommand):
    """Import files; ends with the figures, or with the reason."""

    help = "Deliver files of a state as its owner party and import them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare state, files, date and scope."""
        parser.add_argument("state", type=str.upper)
        parser.add_argument(
            "files",
            nargs="+",
            type=Path,
            help="texts, gzip, zstd, zips, or folders of such",
        )
        parser.add_argument("--date", type=dt.date.fromisoformat, required=True)
        parser.add_argument(
            "--county",
            type=int,
            action="append",
            help="FIPS code; may be repeated. Without it the delivery is the whole state.",
        )
        parser.add_argument(
            "--review", action="store_true", help="wait for someone to publish it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Deliver, import, show progress, sum up."""
        try:
            by = _owner_of(options["state"])
            delivery = _deliver(by, options)
            run = order_import(delivery=delivery.id, by=by)
        except (CoopError, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(_watch(by, run))

    def _tell(self, run: Import) -> None:
        if run.problem:
            raise CommandError(f"{run.problem['code']}: {run.problem['detail']}")
        for name in [name for name in FIGURES if name in run.figures]:
            self.stdout.write(f"{run.figures[name]:>12,}  {name.replace('_', ' ')}")
        for phase, seconds in progress_of(run).seconds_by_phase.items():
            self.stdout.write(f"{seconds:>12,.1f}  seconds of {phase}")
        for reason in run.needs_review:
            self.stdout.write(f"Needs review: {reason['detail']}")
        ended = {
            Status.PUBLISHED: f"Published as number {run.publication} of {run.state}.",
            Status.READY: f"Import {run.id} waits to be published.",
        }
        self.stdout.write(ended.get(Status(run.status), f"The import is {run.status}."))


def _owner_of(code: str) -> Actor:
    owner = State.objects.filter(code=code).values_list("owner", flat=True).first()
    if owner is None:
        raise CommandError(f"{code} is no state that the co-op has opened.")
    return worker_for(owner, source="import_file")


def _deliver(by: Actor, options: dict[str, Any]) -> Delivery:
    """Open a delivery and enter every file, with a bar of their bytes."""
    files = named_files(options["files"])
    delivery = open_delivery(
        state=options["state"],
        file_date=options["date"],
        counties=options["county"],
        review=options["review"],
        by=by,
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    total = sum(path.stat().st_size for path in files.values())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("delivering", total=total)
        for number, (name, path) in enumerate(files.items(), start=1):
            bar.update(task, description=f"delivering {number} of {len(files)}")
            stored = receive(_chunks(path, partial(bar.advance, task)))
            enter_file(delivery=delivery.id, name=name, stored=stored, by=by)
    return delivery


def _chunks(path: Path, count: Callable[[int], None]) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
            count(len(chunk))


def _watch(by: Actor, run: Import) -> Import:
    """Work in a thread and show how far it is, until the import is over or waits."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows, {task.fields[rate]} a second"),
        TextColumn("{task.fields[left]}"),
    )
    with (
        Progress(*columns, console=Console(stderr=True)) as bar,
        ThreadPoolExecutor(1) as pool,
    ):
        task = bar.add_task(run.phase, total=None, rate="-", left="")
        working = pool.submit(_work)
        while not _is_over(run := _seen(by, run)):
            bar.update(task, **_shown(progress_of(run)))
            working = _work_on(pool, working)
            time.sleep(POLL_SECONDS)
    return run


def _shown(done: How) -> dict[str, Any]:
    """Return what the bar shows: phase and file, rows, rate, time left or how long it has taken."""
    what = done.phase
    if done.file and done.files_total and done.files_total > 1:
        what = f"{done.phase} file {done.files_done + 1} of {done.files_total}"
    spans = {"left": done.seconds_left, "so far": done.phase_seconds}
    told = next(((k, v) for k, v in spans.items() if v is not None), None)
    return {
        "description": what,
        "completed": done.rows_done,
        "total": done.rows_total,
        "rate": f"{done.rows_per_second or 0:,}",
        "left": f"{dt.timedelta(seconds=told[1])} {told[0]}" if told else "",
    }


def _work_on(pool: ThreadPoolExecutor, working: Future[None]) -> Future[None]:
    if not working.done():
        return working
    working.result()
    return pool.submit(_work)


def _work() -> None:
    try:
        run_imports()
    finally:
        connections.close_all()


def _is_over(run: Import) -> bool:
    return run.status in (*FINAL, Status.READY)


def _seen(by: Actor, run: Import) -> Import:
    with acting_as(by, Action.IMPORT):
        return import_by_id(run.id)
