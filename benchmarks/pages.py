"""What a page of a live list costs, by how many voters the list means.

    python -m benchmarks.pages --json [--voters N]

Universes of ever more voters of one state. `page_ms` is a page of a hundred by id, from its middle, its voters named by bitmaps where they
are few; `by_id_ms` is the same page with the state gone through in the order of ids, as SQL alone would; `walk_ms`
and `sample_ms` are a first page in the order of a walk, and a sample of a hundred; `count_ms` is what counting it
takes. Both ways must give the same voters.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()


from benchmarks.count_criteria import AS_OF, ELECTIONS  # noqa: E402 - needs the settings
from benchmarks.count_voters import fill_everything  # noqa: E402
from benchmarks.own_database import build_bitmaps, found, open_ohio, own_database  # noqa: E402
from coop.actors import Action, Actor  # noqa: E402
from coop.db.scope import acting_as  # noqa: E402
from coop.organizations.models import OrganizationKind  # noqa: E402
from states.fields.registry import field  # noqa: E402
from states.targeting import queries  # noqa: E402
from states.targeting.answering import count_by_bitmaps  # noqa: E402
from states.targeting.columns import StateFacts  # noqa: E402
from states.targeting.compile import Universe, page_statement  # noqa: E402
from states.targeting.criteria import Criteria, read_criteria  # noqa: E402
from states.targeting.live_keeping import keep_due  # noqa: E402
from states.targeting.narrowing import narrowed  # noqa: E402
from states.targeting.paging import page_rows  # noqa: E402
from states.targeting.queries import rows_of  # noqa: E402
from states.targeting.ranked import ranked_statement  # noqa: E402
from states.targeting.ranking import by_walk  # noqa: E402
from states.targeting.sampling import draw  # noqa: E402

DEFAULT_VOTERS: Final = 1_000_000
PAGE: Final = 100
MIDDLE: Final = UUID(int=1 << 127)
ROUNDS: Final = 3
SQL_SECONDS: Final = 600
"""The API gives up after 25; of a large state, SQL's own time is what is asked for here."""
FACTS: Final = StateFacts("OH", "last_primary", AS_OF, ELECTIONS)
SHOWN: Final = tuple(map(field, ("last_name", "first_name", "birth_date", "phone")))


def _born(first: str, last: str, *more: dict[str, Any]) -> dict[str, Any]:
    days = {"field": "birth_date", "op": "between", "value": [first, last]}
    return {"all": [days, *more]}


COUNTY: Final = {"field": "county", "op": "eq", "value": 39049}
SUPPORT: Final = {"field": "support", "op": "eq", "value": 5}
DEMOCRATS: Final = {"field": "party", "op": "eq", "value": "D"}
UNIVERSES: Final = (
    _born("1960-01-01", "1960-01-01", COUNTY),
    _born("1960-01-01", "1960-01-01"),
    _born("1960-01-01", "1960-02-09", SUPPORT),
    _born("1960-01-01", "1960-01-20"),
    _born("1960-01-01", "1960-05-31"),
    _born("1960-01-01", "1961-12-31"),
    DEMOCRATS,
)
"""Of eight million: some three, 300, 500, 6,000, 43,000, 200,000 and two million."""


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=DEFAULT_VOTERS)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    queries.STATEMENT_SECONDS = SQL_SECONDS
    with own_database():
        figures = measure(options.voters)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for one in figures["universes"]:
            sys.stdout.write(f"{one}\n")
    return 0


def measure(voters: int) -> dict[str, Any]:
    """Publish invented voters, build their bitmaps, and time pages of each universe."""
    owner = found("The State Party", OrganizationKind.STATE_PARTY)
    open_ohio(owner)
    fill_everything(voters, owner)
    build_bitmaps(owner)
    _live_kept(owner)
    told = [_timed_pages(read_criteria(tree), owner) for tree in UNIVERSES]
    return {"voters": voters, "page": PAGE, "universes": told}


def _live_kept(owner: Actor) -> None:
    """Have a worker store the live bitmaps that the owner's first question asks for."""
    with acting_as(owner, Action.READ):
        count_by_bitmaps(read_criteria(SUPPORT), FACTS)
    keep_due()


def _timed_pages(tree: Criteria, owner: Actor) -> dict[str, Any]:
    plain = Universe(tree)
    by_id = page_statement(plain, FACTS, SHOWN, after=MIDDLE, limit=PAGE)
    page_ms, page = _timed(
        lambda: page_rows(tree, FACTS, SHOWN, after=MIDDLE, limit=PAGE), owner
    )
    by_id_ms, same = _timed(lambda: rows_of(by_id), owner)
    if [row[0] for row in page] != [row[0] for row in same]:
        raise RuntimeError("The pages differ.")
    count_ms, counted = _timed(lambda: count_by_bitmaps(tree, FACTS), owner)
    return {
        "meant": counted.answer,
        "count_ms": count_ms,
        "page_ms": page_ms,
        "by_id_ms": by_id_ms,
        "walk_ms": _timed(lambda: _walk(narrowed(plain, FACTS)), owner)[0],
        "sample_ms": _timed(lambda: draw(tree, FACTS, SHOWN, size=PAGE), owner)[0],
    }


def _walk(universe: Universe) -> Sequence[Any]:
    ranked = ranked_statement(universe, FACTS, SHOWN, by_walk(), after=None, limit=PAGE)
    return rows_of(ranked)


def _timed(ask: Callable[[], Any], owner: Actor) -> tuple[float, Any]:
    """Return the median in milliseconds once it is warm, and the answer."""
    spent = []
    for _ in range(ROUNDS + 1):
        with acting_as(owner, Action.READ):
            begun = time.perf_counter()
            answer = ask()
            spent.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(spent[1:]), 1), answer


if __name__ == "__main__":
    sys.exit(main())
