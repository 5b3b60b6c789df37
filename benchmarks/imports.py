"""What an import costs: from upload to published, against COPY of the same bytes in the same run.

    python -m benchmarks.imports --json [--voters N] [--state OH]

The limit is COPY of the very files into one unlogged table of text columns, the quickest of three: before
the first import, between both and after them. The import is
the whole way: receiving, reading, comparing and publishing, with every index in place, in
one worker process; bitmaps are built in it, and `facets_seconds` is what they take by
themselves, once more. The second import brings the same files with one line in fifty changed.
`phases` are each import's seconds by phase; `ratio_without_facets` and its like leave those of the bitmaps out.
`processor_seconds` are those of this process and all database sessions together, for machines that are
busy with other things as well. `peak_rss_mb` is each process's own peak: the importer's, and the largest database
session's beyond the shared buffers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the settings
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from psycopg import sql  # noqa: E402

from benchmarks.own_database import found, own_database  # noqa: E402
from coop.actors import OPERATOR, Action, Actor, worker_for  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.jurisdictions.actions import open_state  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.facets.building import build_facets  # noqa: E402
from states.files.actions import enter_file, open_delivery  # noqa: E402
from states.files.storage import receive  # noqa: E402
from states.imports.access import import_by_id  # noqa: E402
from states.imports.actions import order_import  # noqa: E402
from states.imports.models import Import, Status  # noqa: E402
from states.imports.work import run_imports  # noqa: E402
from states.layouts.synthesis import synthesize  # noqa: E402

DEFAULT_VOTERS = 1_000_000
SEED = 7
CHUNK = 1 << 20
CHANGED_ONE_IN = 50
STREET = re.compile(rb"\b(ST|AVE|DR|RD|LN|CT)\b")
SAMPLE_SECONDS = 0.1
MEGABYTE = 1 << 20

Result = TypeVar("Result")


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=DEFAULT_VOTERS)
    parser.add_argument("--state", type=str.upper, default="OH")
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_database():
        settings.STORAGE_FOLDER = Path(folder) / "storage"
        figures = measure(options.state, options.voters, Path(folder))
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value}\n")
    return 0


def measure(state: str, voters: int, folder: Path) -> dict[str, object]:
    """Write the files, time the limit and both imports, and return every figure by name."""
    owner = found("The State Party", OrganizationKind.STATE_PARTY)
    open_state(code=state, owner=owner.organization, by=OPERATOR)
    files = written(state, voters, folder / "first")
    again = [changed(file, folder / "second") for file in files]
    today = timezone.localdate()
    spent: dict[str, float] = {}
    with watched() as watch:
        limits = [_spending(watch, spent, "raw_copy", lambda: raw_copy(files))]
        yesterday = today - dt.timedelta(days=1)
        first, published = _spending(
            watch, spent, "first", lambda: timed_import(state, files, yesterday, owner)
        )
        limits.append(raw_copy(files))
        second, republished = _spending(
            watch, spent, "second", lambda: timed_import(state, again, today, owner)
        )
        limits.append(raw_copy(files))
        facets = _spending(watch, spent, "facets", lambda: timed_facets(state, owner))
    raw = min(limits)
    return {
        "state": state,
        "rows": published.figures["rows"],
        "megabytes": round(sum(file.stat().st_size for file in files) / MEGABYTE, 1),
        "seconds": round(first, 2),
        "rows_per_second": round(published.figures["rows"] / first),
        "raw_copy_seconds": round(raw, 2),
        "ratio": round(first / raw, 2),
        "ratio_without_facets": round((first - published.timings["facets"]) / raw, 2),
        "second_import_seconds": round(second, 2),
        "second_import_ratio": round(second / raw, 2),
        "second_import_ratio_without_facets": round(
            (second - republished.timings["facets"]) / raw, 2
        ),
        "second_import_changed": republished.figures["changed"],
        "phases": {"first": phases(published), "second": phases(republished)},
        "processor_seconds": {part: round(spent[part], 2) for part in spent},
        "load": os.getloadavg()[0],
        "facets_seconds": round(facets, 2),
        "bytes_per_voter": round(stored_bytes() / voters),
        "peak_rss_mb": {
            "importer": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "database_session": round(watch.peak / MEGABYTE),
        },
    }


def _spending(
    watch: Watch, spent: dict[str, float], part: str, work: Callable[[], Result]
) -> Result:
    """Do a part of the work, and note the processor seconds that it took; return its result."""
    before = watch.processor_seconds()
    result = work()
    spent[part] = watch.processor_seconds() - before
    return result


def written(state: str, voters: int, folder: Path) -> list[Path]:
    """Write invented files in a process of their own, whose memory is not the importer's; return their paths."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        made = child.submit(synthesize, state, voters, SEED, folder)
        return sorted(made.result().files)


def raw_copy(files: list[Path]) -> float:
    """Return the seconds that COPY takes for the same bytes, into unlogged tables of text."""
    spent = 0.0
    for number, file in enumerate(files):
        spent += _raw_copy(file, f"raw_{number}")
    return spent


def _raw_copy(file: Path, name: str) -> float:
    delimiter, quote, columns = _shape(file)
    table = sql.Identifier("staging", name)
    listed = sql.SQL(", ").join(
        sql.SQL("{} text").format(sql.Identifier(f"c{n}")) for n in range(columns)
    )
    copying = sql.SQL(
        "COPY {} FROM STDIN (FORMAT csv, DELIMITER {}, QUOTE {}, ENCODING 'LATIN1')"
    ).format(table, sql.Literal(delimiter), sql.Literal(quote))
    with connections["loader"].cursor() as cursor:
        cursor.execute(sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(table, listed))
        begun = time.perf_counter()
        with file.open("rb") as stream, cursor.copy(copying) as copy:
            while chunk := stream.read(CHUNK):
                copy.write(chunk)
        spent = time.perf_counter() - begun
        cursor.execute(sql.SQL("DROP TABLE {}").format(table))
    return spent


def _shape(file: Path) -> tuple[str, str, int]:
    """Return a file's delimiter, its quote (a character it never holds where it has none) and columns."""
    with file.open("rb") as stream:
        line = stream.readline().decode("latin-1")
    delimiter = "\t" if "\t" in line else ","
    return delimiter, '"' if '"' in line else "\b", line.count(delimiter) + 1


def changed(file: Path, folder: Path) -> Path:
    """Write the file again with another street in one line of fifty; return its path."""
    folder.mkdir(exist_ok=True)
    with file.open("rb") as before, (folder / file.name).open("wb") as after:
        for number, line in enumerate(before):
            is_due = number % CHANGED_ONE_IN == 1
            after.write(STREET.sub(b"BLVD", line, count=1) if is_due else line)
    return folder / file.name


def timed_import(
    state: str, files: list[Path], day: dt.date, owner: Actor
) -> tuple[float, Import]:
    """Upload and import a delivery; return its seconds and the published import."""
    begun = time.perf_counter()
    delivery = open_delivery(
        state=state, file_date=day, counties=None, review=False, by=owner
    )
    for file in files:
        stored = receive(_chunks(file))
        enter_file(delivery=delivery.id, name=file.name, stored=stored, by=owner)
    received = time.perf_counter() - begun
    ordered = order_import(delivery=delivery.id, by=owner)
    while run_imports():
        pass
    spent = time.perf_counter() - begun
    with acting_as(owner, Action.IMPORT):
        run = import_by_id(ordered.id)
    run.timings["receiving"] = received
    if run.status != Status.PUBLISHED:
        raise RuntimeError(
            f"the import is {run.status}: {run.problem} {run.needs_review}"
        )
    return spent, run


def phases(run: Import) -> dict[str, float]:
    """Return the seconds of an import by phase, from the first byte received."""
    return {phase: round(seconds, 2) for phase, seconds in run.timings.items()}


def timed_facets(state: str, owner: Actor) -> float:
    """Build the state's bitmaps once more; return the seconds."""
    begun = time.perf_counter()
    worker = worker_for(owner.organization)
    with acting_as(worker, Action.IMPORT, using="loader"):
        build_facets(state, uuid4(), whole=True)
    return time.perf_counter() - begun


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def stored_bytes() -> int:
    """Return the size on disk of all voters' tables with their indexes."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c"
            " WHERE c.relnamespace = 'partitions'::regnamespace AND c.relkind = 'r'"
            " AND c.relname LIKE 'voters\\_%%'"
        )
        return int(cursor.fetchone()[0])


class Watch:
    """The server's sessions and this process, sampled: the largest session's own memory, and processor seconds."""

    def __init__(self, postmaster: psutil.Process) -> None:
        """Watch the sessions of a server."""
        self.peak = 0
        self._postmaster = postmaster
        self._spent: dict[int, float] = {}

    def sample(self) -> None:
        """Look at every session once."""
        for session in self._postmaster.children():
            try:
                memory, times = session.memory_info(), session.cpu_times()
            except psutil.NoSuchProcess:
                continue
            self.peak = max(self.peak, memory.rss - memory.shared)
            self._spent[session.pid] = times.user + times.system

    def processor_seconds(self) -> float:
        """Return what this process and all sessions have used of processors so far."""
        self.sample()
        own = os.times()
        return own.user + own.system + sum(self._spent.values())


@contextmanager
def watched() -> Iterator[Watch]:
    """Sample the database's sessions until the block ends."""
    over = threading.Event()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        postmaster = psutil.Process(cursor.fetchone()[0]).parent()
    if postmaster is None:
        raise RuntimeError("the database's server is not on this machine")
    watch = Watch(postmaster)

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            watch.sample()

    watching = threading.Thread(target=sample)
    watching.start()
    try:
        yield watch
    finally:
        over.set()
        watching.join()


if __name__ == "__main__":
    sys.exit(main())
