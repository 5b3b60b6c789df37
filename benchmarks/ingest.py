"""Contacts end to end over HTTP: how many a second are applied, and how soon they are visible.

    python -m benchmarks.ingest --json [--events N] [--seconds S]

Real processes on this machine: two web processes, two workers, beat, PostgreSQL, Valkey, and
the clients. Rates are from the first request to the last event applied. The limit is the same
rows by multi-row INSERT with psycopg in one process, into one table with two keys; the naive
peer is a Celery task and an ORM save for each event, with the same two workers. Visible is
from the 202 to the feed, a live list and a count, while contacts come at 500 and at 1,000 a
second (or as many as the machine can: `reached_…`); `visible_…` are those at 1,000.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Final
from uuid import uuid4

import httpx
from django.conf import settings
from django.utils import timezone
from psycopg import sql

from benchmarks.running_house import House, behind_the_walls, one, running_house

# isort: split
# The house moves the process to a run folder of its own, which must come first.
from benchmarks.naive_peer import COLUMNS, TABLE, save_contact
from benchmarks.visibility import body, headers_of, watch

DEFAULT_EVENTS: Final = 20_000
VOTERS: Final = 40_000
BATCH: Final = 500
CLIENTS: Final = 4
SINGLES_SHARE: Final = 10
"""Singles and the naive peer are slower: one event in so many is enough for them."""
INSERT_ROWS: Final = 1000


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=DEFAULT_EVENTS)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with running_house(organizations=CLIENTS, voters=VOTERS) as house:
        figures = measure(house, options.events, options.seconds)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value}\n")
    return 0


def measure(house: House, events: int, seconds: float) -> dict[str, object]:
    """Return every figure by name."""
    few = max(CLIENTS, events // SINGLES_SHARE)
    singles = _rate(house, few, _push_singles)
    batches = _rate(house, events, _push_batches)
    lines = _rate(house, events, _push_lines)
    limit, naive = _limit(house, events), _naive(house, few)
    figures: dict[str, object] = {
        "singles_per_second": round(singles[1]),
        "batches_per_second": round(batches[1]),
        "ndjson_per_second": round(lines[1]),
        "limit_per_second": round(limit),
        "naive_per_second": round(naive),
        "ratio_limit": round(batches[1] / limit, 3),
        "ratio_naive": round(batches[1] / naive, 2),
        "accepted_singles_per_second": round(singles[0]),
        "accepted_batches_per_second": round(batches[0]),
        "accepted_ndjson_per_second": round(lines[0]),
    }
    for nth, rate in enumerate((500, 1000)):
        seen, reached = watch(house, rate, seconds, first=nth * 1000)
        figures |= {
            f"reached_{rate}": round(reached),
            f"visible_p50_ms_{rate}": _percentile(seen.samples, 50),
            f"visible_p99_ms_{rate}": _percentile(seen.samples, 99),
            f"feed_p99_ms_{rate}": _percentile(seen.milliseconds(), 99),
            f"samples_{rate}": len(seen.samples),
        }
        house.wait_until_drained()
    return figures | {
        "visible_p50_ms": figures["visible_p50_ms_1000"],
        "visible_p99_ms": figures["visible_p99_ms_1000"],
    }


def _rate(
    house: House, events: int, push: Callable[[House, int, int], None]
) -> tuple[float, float]:
    """Push by all clients at once; return events accepted, and events applied, a second."""
    share = events // CLIENTS
    threads = [
        threading.Thread(target=push, args=[house, number, share])
        for number in range(CLIENTS)
    ]
    before, began = _applied(), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = time.monotonic() - began
    applied = house.wait_until_drained() - began
    done = _applied() - before
    if done != share * CLIENTS:
        raise RuntimeError(f"{done} of {share * CLIENTS} contacts were applied.")
    return done / accepted, done / applied


def _applied() -> int:
    with behind_the_walls() as database:
        return int(one(database, "SELECT count(*) FROM canvass_contact"))


def _bodies(house: House, number: int, many: int) -> list[dict[str, Any]]:
    voters = house.voters
    return [body(voters[(number * 9973 + at * 7) % len(voters)]) for at in range(many)]


def _push_singles(house: House, number: int, share: int) -> None:
    headers = headers_of(house.members[number]) | {"Content-Type": "application/json"}
    # A full client would take more of the processor than the database.
    client = HTTPConnection("127.0.0.1", house.port, timeout=60)
    for told in _bodies(house, number, share):
        client.request("POST", "/v1/contacts", json.dumps(told), headers)
        answer = client.getresponse()
        answer.read()
        if answer.status != HTTPStatus.ACCEPTED:
            raise RuntimeError(f"A push was answered {answer.status}.")
    client.close()


def _push_batches(house: House, number: int, share: int) -> None:
    bodies = _bodies(house, number, share)
    with httpx.Client(headers=headers_of(house.members[number]), timeout=60) as client:
        for at in range(0, share, BATCH):
            client.post(
                f"{house.url}/v1/contacts", json={"contacts": bodies[at : at + BATCH]}
            ).raise_for_status()


def _push_lines(house: House, number: int, share: int) -> None:
    lines = b"".join(
        json.dumps(told).encode() + b"\n" for told in _bodies(house, number, share)
    )
    kind = {"Content-Type": "application/x-ndjson"}
    answer = httpx.post(
        f"{house.url}/v1/contacts",
        content=lines,
        headers=headers_of(house.members[number]) | kind,
        timeout=300,
    ).raise_for_status()
    verdicts = [json.loads(line).get("verdict") for line in answer.text.splitlines()]
    if verdicts.count("accepted") != share:
        raise RuntimeError(f"{verdicts.count('accepted')} of {share} lines accepted.")


def _rows(house: House, many: int) -> list[tuple[Any, ...]]:
    """Return rows of contacts, as the table of the limit and of the naive peer holds them."""
    now, member = timezone.now(), house.members[0]
    told = json.dumps({"suppressions": [], "survey_responses": [], "phone": None})
    return [
        (
            *(uuid4(), "OH", house.voters[at % len(house.voters)], 1),
            *(member.organization, True, 2, 11, 1, None, now, "benchmark"),
            *(f"row-{uuid4()}", told),
        )
        for at in range(many)
    ]


def _limit(house: House, events: int) -> float:
    """Insert rows by statements of many, committed each; return rows a second."""
    rows = _rows(house, events)
    marks = sql.SQL("({})").format(
        sql.SQL(", ").join([sql.Placeholder()] * len(COLUMNS))
    )
    with behind_the_walls() as database:
        database.execute(TABLE.encode())
        began = time.monotonic()
        for at in range(0, events, INSERT_ROWS):
            some = rows[at : at + INSERT_ROWS]
            words = sql.SQL("INSERT INTO naive_contact ({}) VALUES {}").format(
                sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
                sql.SQL(", ").join([marks] * len(some)),
            )
            database.execute(words, [value for row in some for value in row])
        return events / (time.monotonic() - began)


def _naive(house: House, events: int) -> float:
    """Queue a task for each event and let two workers save them; return events a second."""
    words = ["celery", "--app", "benchmarks.naive_peer", "worker", "--concurrency", "2"]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(house, events)]
    with subprocess.Popen(  # noqa: S603 - words of our own
        [sys.executable, "-m", *words, "--queues", "naive"],
        cwd=settings.BASE_DIR,
        env=dict(house.environment),
        stdout=house.log,
        stderr=house.log,
        start_new_session=True,
    ) as worker:
        try:
            _save_by_tasks(rows[:1])
            began = time.monotonic()
            _save_by_tasks(rows[1:])
            return (events - 1) / (time.monotonic() - began)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)


def _save_by_tasks(rows: Sequence[dict[str, Any]]) -> None:
    with behind_the_walls() as database:
        before = one(database, "SELECT count(*) FROM naive_contact")
        for row in rows:
            plain = {name: _plain(value) for name, value in row.items()}
            save_contact.delay(plain)
        until = time.monotonic() + 300
        while one(database, "SELECT count(*) FROM naive_contact") < before + len(rows):
            if time.monotonic() > until:
                raise TimeoutError("The naive peer does not finish.")
            time.sleep(0.02)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | bool | None) else str(value)


def _percentile(samples: Sequence[float], share: int) -> int | None:
    if not samples:
        return None
    ordered = sorted(samples)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)])


if __name__ == "__main__":
    sys.exit(main())
