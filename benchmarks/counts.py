"""What a count costs: by bitmaps, against SQL and DuckDB on the same voters and the same criteria.

    python -m benchmarks.counts --json [--voters N]

Twenty criteria of one to eight conditions. `median_ms` and `p95_ms` are our engine's time in an open
scope, with what a process keeps in memory; `cold_median_ms` with nothing kept. SQL is the same criteria
compiled for the production tables and indexes, under the same policies; `covering_median_ms` has a
covering index on the registration beside. A cold question on live values begins from
what a worker stored; `live_unkept_ms` is the first one of all, with nothing stored, `live_kept_seconds` the
worker's time; `numbers_kept_seconds` that for the numbers of homes and telephones. DuckDB answers from a table of its own (`duckdb_median_ms`)
and over Parquet. All engines must give the same figures. `http_overhead_ratio` is a count over HTTP
less the engine's own time, against `GET /v1/me`.

`figures_ms` is a count with its households, doors and telephone numbers, in turn for every fourth of the criteria.

`live_criteria` are the numbers of those that rest on what changes with every contact. In turn with
contacts that are pushed and drained, each of these is asked again, and must be what SQL gives at the position of
the feed that both state.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

import duckdb  # noqa: E402 - needs the settings
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from benchmarks.count_criteria import AS_OF, CRITERIA, ELECTIONS, LIVE_CRITERIA  # noqa: E402
from benchmarks.count_voters import WHOLE, fill_everything, key_of  # noqa: E402
from benchmarks.own_database import build_bitmaps, found, open_ohio, own_database  # noqa: E402
from coop.actors import WORKER, Action, Actor, PrincipalKind  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.errors import Unavailable  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.canvass.actions import push_contacts  # noqa: E402
from states.canvass.draining import apply_inbox  # noqa: E402
from states.facets.cache import CACHE  # noqa: E402
from states.targeting import queries  # noqa: E402
from states.targeting.answering import count_by_bitmaps  # noqa: E402
from states.targeting.bitmap_figures import figures_by_bitmaps  # noqa: E402
from states.targeting.cells import FIGURES, figures_statement  # noqa: E402
from states.targeting.columns import StateFacts  # noqa: E402
from states.targeting.compile import Universe, count_statement  # noqa: E402
from states.targeting.criteria import Criteria, read_criteria  # noqa: E402
from states.targeting.live_keeping import keep_due, keep_numbers_due  # noqa: E402
from states.targeting.queries import figure_at, figure_of, rows_of  # noqa: E402
from states.voters.ids import voter_id  # noqa: E402

DEFAULT_VOTERS = 1_000_000
ROUNDS = 5
SQL_SECONDS = 600
"""The API gives up after 25; of a large state, SQL's own time is what is asked for here."""
ARRIVING = 500
NAMES = tuple(FIGURES)
FACTS = StateFacts("OH", "last_primary", AS_OF, ELECTIONS)
COVERING = """
    CREATE INDEX covering ON voters_registration (state, party, status, county)
    INCLUDE (place, voter, registration_date, us_house_district, res_city)
"""


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=DEFAULT_VOTERS)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    queries.STATEMENT_SECONDS = SQL_SECONDS
    with tempfile.TemporaryDirectory() as folder, own_database():
        figures = measure(options.voters, Path(folder))
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value}\n")
    return 0


def measure(voters: int, folder: Path) -> dict[str, object]:
    """Publish invented voters, build their bitmaps, and time every engine on the same criteria."""
    owner, size, seconds = _published(voters)
    trees = [read_criteria(tree) for tree, _ in CRITERIA]
    stored = _stored(trees[LIVE_CRITERIA[0]], owner)
    conditions = [condition for _, condition in CRITERIA]
    cold, _ = _timed(trees, lambda tree: _by_bitmaps(tree, owner, cold=True), 1)
    warm, counts = _timed(trees, lambda tree: _by_bitmaps(tree, owner), ROUNDS)
    _tell("counted by bitmaps", median_ms=_median(warm), cold_ms=_median(cold))
    by_sql, counts_of_sql = _timed(trees, lambda tree: _by_sql(tree, owner), 1)
    _tell("counted by SQL", median_ms=_median(by_sql))
    duck, parquet, counts_of_duckdb = _by_duckdb(conditions, folder)
    if not counts == counts_of_sql == counts_of_duckdb:
        raise RuntimeError(f"they differ: {counts} {counts_of_sql} {counts_of_duckdb}")
    beside = _figures(trees, owner)
    fresh = while_contacts_arrive(trees, owner)
    over_http = http_overhead(owner, statistics.median(warm))
    with connections["owner"].cursor() as cursor:
        cursor.execute(COVERING)
        cursor.execute("VACUUM (ANALYZE) voters_registration")
    covered, _ = _timed(trees, lambda tree: _by_sql(tree, owner), 1)
    return {
        "voters": voters,
        "criteria": len(trees),
        "live_criteria": LIVE_CRITERIA,
        "live_median_ms": _median([warm[one] for one in LIVE_CRITERIA]),
        "live_cold_median_ms": _median([cold[one] for one in LIVE_CRITERIA]),
        **stored,
        "median_ms": _median(warm),
        "p95_ms": round(statistics.quantiles(warm, n=20)[-1], 3),
        "cold_median_ms": _median(cold),
        "sql_median_ms": _median(by_sql),
        "covering_median_ms": _median(covered),
        "duckdb_median_ms": _median(duck),
        "duckdb_parquet_median_ms": _median(parquet),
        "ratio_sql": round(statistics.median(by_sql) / statistics.median(warm), 1),
        "ratio_duckdb": round(statistics.median(duck) / statistics.median(warm), 1),
        "http_overhead_ratio": over_http,
        **beside,
        **fresh,
        "bytes_per_voter": round(size / voters, 1),
        "build_seconds": round(seconds, 2),
    }


def _published(voters: int) -> tuple[Actor, int, float]:
    """Return the state's owner, and the bytes and the seconds that the bitmaps of its voters took."""
    owner = found("The State Party", OrganizationKind.STATE_PARTY)
    open_ohio(owner)
    fill_everything(voters, owner)
    _tell("voters are there")
    begun = time.perf_counter()
    built = build_bitmaps(owner)
    seconds = time.perf_counter() - begun
    _tell("bitmaps are built", seconds=seconds)
    return owner, built.size, seconds


def _tell(what: str, **figures: float) -> None:
    """Say on standard error how far it has come: millions of voters take half an hour."""
    said = " ".join(f"{name}={value:.1f}" for name, value in figures.items())
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what} {said}\n")


def _stored(live: Criteria, owner: Actor) -> dict[str, object]:
    """Have a worker store what it does after a publication; time it, and the first live question before it."""
    try:
        unkept = round(_by_bitmaps(live, owner, cold=True)[0], 1)
    except Unavailable:  # a large state's contacts take longer than a question may
        unkept = None
    seconds = []
    for keep in (keep_due, keep_numbers_due):
        begun = time.perf_counter()
        if keep() != 1:
            raise RuntimeError(f"nothing was stored: {keep}")
        seconds.append(round(time.perf_counter() - begun, 2))
    return {
        "live_unkept_ms": unkept,
        "live_kept_seconds": seconds[0],
        "numbers_kept_seconds": seconds[1],
    }


def _figures(trees: Sequence[Criteria], owner: Actor) -> dict[str, object]:
    """Return what a count with its households, doors and telephone numbers costs: by bitmaps, cold and warm, and by SQL."""
    first: list[float] = []
    warm: list[float] = []
    by_sql: list[float] = []
    for tree in trees[::4]:
        statement = figures_statement(Universe(tree), FACTS, NAMES, counted=True)
        CACHE.clear()
        for times in (first, warm):
            with acting_as(owner, Action.READ):
                begun = time.perf_counter()
                found = figures_by_bitmaps(tree, FACTS, NAMES)
                times.append((time.perf_counter() - begun) * 1000)
        with acting_as(owner, Action.READ):
            begun = time.perf_counter()
            held = rows_of(statement)
            by_sql.append((time.perf_counter() - begun) * 1000)
        if found is None or found.answer != {row[0]: row[2] for row in held}:
            raise RuntimeError(f"figures differ: {found} {held}")
    return {
        "figures_cold_ms": _median(first),
        "figures_ms": _median(warm),
        "figures_sql_ms": _median(by_sql),
    }


def _median(times: Sequence[float]) -> float:
    return round(statistics.median(times), 3)


def _timed(
    asked: Sequence[Any], count: Callable[[Any], tuple[float, int]], rounds: int
) -> tuple[list[float], list[int]]:
    """Return each question's median in milliseconds, and its figure."""
    if rounds > 1:
        for one in asked:
            count(one)
    runs = [[count(one) for _ in range(rounds)] for one in asked]
    times = [statistics.median(spent for spent, _ in run) for run in runs]
    return times, [run[0][1] for run in runs]


def _by_bitmaps(tree: Criteria, by: Actor, *, cold: bool = False) -> tuple[float, int]:
    if cold:
        CACHE.clear()
    with acting_as(by, Action.READ):
        begun = time.perf_counter()
        count = count_by_bitmaps(tree, FACTS)
        spent = time.perf_counter() - begun
    if count is None:
        raise RuntimeError(f"not answered by bitmaps: {tree}")
    return spent * 1000, count.answer


def _by_sql(tree: Criteria, by: Actor) -> tuple[float, int]:
    statement = count_statement(Universe(tree), FACTS)
    with acting_as(by, Action.READ):
        begun = time.perf_counter()
        count = figure_of(statement)
        return (time.perf_counter() - begun) * 1000, count


def while_contacts_arrive(trees: Sequence[Criteria], owner: Actor) -> dict[str, object]:
    """Push, drain and count in turn: each figure must be that of SQL at the position that both state.

    `behind_ms` is the median of the first count after so many contacts, `behind_contacts`.
    """
    with connections["default"].cursor() as cursor, acting_as(owner, Action.READ):
        cursor.execute(
            "SELECT voter FROM voters_registration WHERE state = 'OH' ORDER BY voter LIMIT %s",
            [ARRIVING * ROUNDS],
        )
        voters = [row[0] for row in cursor.fetchall()]
    machine = replace(owner, kind=PrincipalKind.CREDENTIAL, source="benchmark")
    spent = []
    for number in range(ROUNDS):
        told = [
            {
                "event_id": str(voter),
                "voter": voter_id("OH", voter),
                "contact_type": "walk",
                "result_code": "canvassed",
                "suppressions": ["call"],
            }
            for voter in voters[number * ARRIVING :][:ARRIVING]
        ]
        push_contacts(items=told, by=machine)
        while apply_inbox(by=WORKER):
            pass
        for place, live in enumerate(LIVE_CRITERIA):
            spent_once = _held_against_sql(trees[live], owner)
            if not place:
                spent.append(spent_once)
    return {"behind_contacts": ARRIVING, "behind_ms": _median(spent)}


def _held_against_sql(tree: Criteria, by: Actor) -> float:
    """Return the milliseconds of a count; raise where SQL at the same position counts otherwise."""
    with acting_as(by, Action.READ):
        begun = time.perf_counter()
        found = count_by_bitmaps(tree, FACTS)
        spent = (time.perf_counter() - begun) * 1000
        by_sql = figure_at("OH", count_statement(Universe(tree), FACTS))
    if found != by_sql:
        raise RuntimeError(f"not exact at its position: {found} {by_sql}")
    return spent


def _by_duckdb(
    conditions: Sequence[str], folder: Path
) -> tuple[list[float], list[float], list[int]]:
    """Return DuckDB's times on a table of its own and over Parquet, and its figures."""
    file = folder / "voters.csv"
    with (
        connections["owner"].cursor() as cursor,
        file.open("wb") as written,
    ):
        cursor.execute("SET ROLE coop_publisher")
        with cursor.copy(f"COPY ({WHOLE}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            for piece in copy:
                written.write(piece)
        cursor.execute("RESET ROLE")
    parquet = folder / "voters.parquet"
    with duckdb.connect() as engine:
        engine.execute(
            f"CREATE TABLE voters AS SELECT * REPLACE (string_split(elections, ' ')::INTEGER[] AS elections)"  # noqa: S608
            f" FROM read_csv('{file}', types = {{'elections': 'VARCHAR', 'us_house_district': 'VARCHAR'}})"
        )
        engine.execute(f"COPY voters TO '{parquet}' (FORMAT parquet)")

        def count(source: str, condition: str) -> tuple[float, int]:
            begun = time.perf_counter()
            row = engine.execute(
                f"SELECT count(*) FROM {source} WHERE {condition}"  # noqa: S608
            ).fetchone()
            return (time.perf_counter() - begun) * 1000, int(row[0]) if row else 0

        table, counts = _timed(conditions, lambda one: count("voters", one), ROUNDS)
        over_parquet, _ = _timed(
            conditions, lambda one: count(f"'{parquet}'", one), ROUNDS
        )
    return table, over_parquet, counts


def http_overhead(owner: Actor, engine_ms: float) -> float:
    """Return a count's time over HTTP less the engine's own, against `GET /v1/me`."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key_of(owner)}")
    body = {"criteria": CRITERIA[0][0], "states": ["OH"]}

    def timed(ask: Callable[[], Any]) -> float:
        times = []
        for _ in range(15):
            begun = time.perf_counter()
            answer = ask()
            times.append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(answer.content)
        return statistics.median(times)

    me = timed(lambda: client.get("/v1/me"))
    count = timed(lambda: client.post("/v1/counts", body, format="json"))
    return round((count - engine_ms) / me, 2)


if __name__ == "__main__":
    sys.exit(main())
