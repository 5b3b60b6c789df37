"""What an export costs: a download over the very chunks of the API, against COPY of the same columns in the same run.

    python -m benchmarks.exports --json [--voters N]

The limit is `COPY (query) TO STDOUT` of the same columns by the tables' owner, with one
statement over the whole state and nothing else done. The export is all of it: chunks each
judged in a fresh scope, members noted, the account written, formulas neutralized. `peak_rss_mb` is this process's own peak, which is the web server's in a download.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the settings
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from psycopg import sql  # noqa: E402

from benchmarks.own_database import fill, found, open_ohio, own_database  # noqa: E402
from coop.actors import Action, Actor  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.organizations.models import Member, OrganizationKind, Person, Role  # noqa: E402
from states.fields.registry import FIELDS  # noqa: E402
from states.lists.actions import Draft, save_list  # noqa: E402
from states.lists.chunks import first_chunk, next_chunk  # noqa: E402
from states.lists.downloads import Link, start_download  # noqa: E402
from states.lists.ending import finish_download  # noqa: E402
from states.lists.exports import Plan, order_export  # noqa: E402
from states.lists.models import Export, Format, Kind  # noqa: E402
from states.targeting.columns import StateFacts, column_of  # noqa: E402
from states.targeting.compile import Universe, universe_rows  # noqa: E402

DEFAULT_VOTERS = 1_000_000
MORE = """
INSERT INTO voters_demographics (state, voter, place, birth_date, birth_year, gender, race)
SELECT state, voter, place, date '1930-01-01' + (n % 27000)::integer,
       extract(year FROM date '1930-01-01' + (n % 27000)::integer), 'F', 'white'
FROM (SELECT *, row_number() OVER () AS n FROM voters_registration) AS r;
INSERT INTO voters_contactdetails (state, voter, place, phone, email, mail_line1, mail_city, mail_state, mail_zip5)
SELECT state, voter, place, '+1614555' || lpad((n % 10000)::text, 4, '0'), 'voter' || n || '@example.org',
       res_address, res_city, res_state, res_zip5
FROM (SELECT *, row_number() OVER () AS n FROM voters_registration) AS r;
INSERT INTO voters_votehistory (state, voter, place, elections, methods, parties, last_voted_date)
SELECT state, voter, place, '{1,2,3}', '{mail,mail,mail}', '{D,D,D}', '2024-11-05' FROM voters_registration;
"""


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=DEFAULT_VOTERS)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_database():
        settings.STORAGE_FOLDER = Path(folder)
        figures = measure(options.voters)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value}\n")
    return 0


def measure(voters: int) -> dict[str, float]:
    """Fill a state, and return the figures of the limit and of each format by name."""
    owner = found("Ohio Party", OrganizationKind.STATE_PARTY)
    open_ohio(owner)
    _enter_owner(owner)
    fill(voters)
    _fill_more()
    _copy_all()  # warms the cache for both
    limit = min(_timed(_copy_all) for _ in range(2))
    ways = {form: _export(owner, form, voters) for form in Format}
    seconds, first_byte, longest = ways[Format.CSV]
    walk = _export(owner, Format.CSV, voters, order="walk")
    return {
        "voters": voters,
        "ratio": round(seconds / limit, 2),
        "rows_per_second": round(voters / seconds),
        "first_byte_ms": round(first_byte * 1000, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "longest_chunk_ms": round(longest * 1000, 1),
        "copy_rows_per_second": round(voters / limit),
        "ratio_ndjson": round(ways[Format.NDJSON][0] / limit, 2),
        "ratio_parquet": round(ways[Format.PARQUET][0] / limit, 2),
        "ratio_walk": round(walk[0] / limit, 2),
        "first_byte_walk_ms": round(walk[1] * 1000, 1),
        "longest_chunk_walk_ms": round(walk[2] * 1000, 1),
    }


def _enter_owner(owner: Actor) -> None:
    """Make the owner's person a member, whose standing each chunk asks after."""
    Person.objects.create(id=owner.principal, email="owner@example.org")
    with acting_as(owner, Action.MANAGE):
        Member(
            organization_id=owner.organization,
            person_id=owner.principal,
            role=Role.OWNER,
            added_at=timezone.now(),
        ).save(force_insert=True)


def _fill_more() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for statement in MORE.split(";")[:-1]:
            cursor.execute(statement)
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM (ANALYZE)")


def _copy_all() -> int:
    """COPY all columns of the whole state as the publishing role; return how many bytes came."""
    fields = [one for one in FIELDS.values() if one.exportable]
    facts = StateFacts("OH", "registered", timezone.now().date(), {})
    query = sql.SQL("COPY (SELECT r.voter, r.state, {} {}) TO STDOUT (FORMAT csv)")
    statement = query.format(
        sql.SQL(", ").join(column_of(one, facts) for one in fields),
        universe_rows(Universe(), facts, shown=fields),
    )
    received = 0
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        with cursor.copy(statement.as_string(cursor.connection)) as copy:
            for data in copy:
                received += len(data)
        cursor.execute("RESET ROLE")
    return received


def _timed(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    assert work() > 0
    return time.perf_counter() - begun


def _export(
    owner: Actor, form: Format, voters: int, order: str = "id"
) -> tuple[float, float, float]:
    """Return the seconds of a whole download, to its first bytes, and of its longest chunk after these."""
    saved = save_list(draft=Draft(f"All as {form} by {order}", Kind.LIVE), by=owner)
    plan = Plan(order)
    ordered = order_export(
        list_id=saved.id, columns=None, format_=form, plan=plan, by=owner
    )
    begun = time.perf_counter()
    download = start_download(Link(owner, ordered.export.id))
    chunk = first_chunk(download)
    first_byte, longest = time.perf_counter() - begun, 0.0
    while chunk.after is not None:
        before = time.perf_counter()
        chunk = next_chunk(download, chunk.after)
        longest = max(longest, time.perf_counter() - before)
    finish_download(download)
    with acting_as(owner, Action.MANAGE):
        assert Export.objects.get(id=ordered.export.id).rows == voters
    return time.perf_counter() - begun, first_byte, longest


if __name__ == "__main__":
    sys.exit(main())
