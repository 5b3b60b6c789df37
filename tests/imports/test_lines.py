"""What stays the same from delivery to delivery is not read again, and every figure is as if it had been."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from django.db import DatabaseError, connections, transaction

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from states.imports import lines, reading, staging, work
from states.imports.actions import order_import, order_rollback
from states.imports.lease import LOADER
from states.imports.models import Import, Reject, Status
from states.imports.work import run_imports
from states.layouts.familiar import FAMILIAR
from tests.cast import Cast
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    deliver,
    import_delivery,
    import_voters,
    ohio_file,
    people,
    person,
    seen,
)
from tests.imports.test_leases import Killed, killed_in, let_lease_run_out

FIRST = [*people(range(1, 201)), *people(range(201, 206), confidential=True)]


def second() -> list[dict[str, Any]]:
    """Return the next delivery: some changed, moved, hidden, no longer hidden, gone and new."""
    return [
        *(person(n, last_name=f"RENAMED{n}", res_address=None) for n in range(1, 6)),
        *(person(n, county=FRANKLIN, party="R") for n in range(6, 9)),
        *people(range(9, 195)),
        person(200, confidential=True),
        *people(range(201, 203), confidential=True),
        person(203, status="inactive"),
        *people(range(300, 304), county=CUYAHOGA),
    ]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of voters of each batch that is staged."""
    found: list[int] = []
    real = staging.voters_as_csv

    def counted(source: int, rows: pl.DataFrame) -> bytes:
        found.append(len(rows))
        return real(source, rows)

    monkeypatch.setattr(staging, "voters_as_csv", counted)
    return found


def told(run: Import) -> dict[str, Any]:
    """Return all that an import found out."""
    return {
        "figures": run.figures,
        "profile": run.cursor["profile"],
        "review": run.review,
        "needs_review": run.needs_review,
    }


def test_only_lines_that_are_new_are_staged(ohio: Cast, staged: list[int]) -> None:
    import_voters(ohio.ohio, FIRST)
    assert sum(staged) == len(FIRST)
    staged.clear()
    run = import_voters(ohio.ohio, FIRST)
    assert sum(staged) == 0
    assert run.status == Status.PUBLISHED, run.needs_review
    assert (run.figures["unchanged"], run.figures["rows"]) == (len(FIRST),) * 2
    assert run.rows_done == len(FIRST)
    staged.clear()
    import_voters(ohio.ohio, second())
    assert sum(staged) == 14


def test_every_figure_is_as_if_all_had_been_read(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, staged: list[int]
) -> None:
    import_voters(ohio.ohio, FIRST)
    delivery = deliver(ohio.ohio, {"SWVF.txt": ohio_file(second())}, review=True)
    quick = import_delivery(ohio.ohio, delivery)
    assert quick.status == Status.READY
    assert sum(staged) < len(FIRST) + 20
    with acting_as(ohio.ohio, Action.IMPORT):
        Import.objects.filter(id=quick.id).update(status=Status.CANCELED)
    with monkeypatch.context() as plain:
        plain.setattr(lines, "base_of", lambda _run: None)
        delivery = deliver(ohio.ohio, {"SWVF.txt": ohio_file(second())}, review=True)
        slow = import_delivery(ohio.ohio, delivery)
    assert sum(staged) > 2 * len(FIRST)
    assert told(quick) == told(slow)
    assert quick.figures["gone"] == 7
    assert quick.figures["confidential"] == 3


def test_publications_one_after_the_other_stay_exact(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(11)
    delivered = FIRST
    import_voters(ohio.ohio, delivered)
    for _ in range(4):
        delivered = [
            one | {"last_name": f"L{draw.randrange(9)}"} if draw.random() < 0.1 else one
            for one in delivered
            if draw.random() > 0.03
        ]
        run = import_voters(ohio.ohio, delivered)
        assert run.status == Status.PUBLISHED, run.needs_review
        assert run.cursor["base"]
    with monkeypatch.context() as plain:
        plain.setattr(lines, "base_of", lambda _run: None)
        again = import_voters(ohio.ohio, delivered)
    assert again.figures["changed"] == again.figures["gone"] == 0
    assert again.cursor["profile"] == run.cursor["profile"]


def test_an_identifier_used_twice_is_set_aside_whichever_line_was_passed_over(
    ohio: Cast, rejected: Callable[[Import], list[tuple[object, ...]]]
) -> None:
    import_voters(ohio.ohio, FIRST)
    header, *voters = ohio_file(FIRST).splitlines(keepends=True)
    other = voters[0].replace(b"EXAMPLE", b"RENAMED", 1)
    for content, changed in (
        ([*voters, other, voters[1]], 0),  # the same line first
        ([other, *voters, voters[1]], 1),  # the other line first
    ):
        delivery = deliver(ohio.ohio, {"SWVF.txt": header + b"".join(content)})
        run = import_delivery(ohio.ohio, delivery)
        assert run.status == Status.PUBLISHED, run.needs_review
        assert (run.figures["changed"], run.figures["repeated"]) == (changed, 2)
        assert [code for _, _, code, _ in rejected(run)] == ["duplicate"] * 2


def test_files_that_contradict_each_other_are_read_whole(
    ohio: Cast, staged: list[int]
) -> None:
    header, *voters = ohio_file(FIRST).splitlines(keepends=True)
    other = voters[0].replace(b"EXAMPLE", b"RENAMED", 1)
    import_voters(ohio.ohio, FIRST)
    for first, last, changed in (
        (voters[:100], [other, *voters[100:]], 0),
        ([other, *voters[1:100]], [*voters[100:], voters[0]], 1),
        (voters[:100], [*voters[100:], voters[0]], 1),  # back, and twice the same
    ):
        staged.clear()
        files = {
            "SWVF_1_22.txt": header + b"".join(first),
            "SWVF_23_44.txt": header + b"".join(last),
        }
        run = import_delivery(ohio.ohio, deliver(ohio.ohio, files))
        assert run.status == Status.PUBLISHED, run.needs_review
        assert run.figures["changed"] == changed
        assert run.figures["gone"] == 0
        assert sum(staged) >= len(FIRST)
        with acting_as(ohio.ohio, Action.IMPORT):
            kept = Reject.objects.filter(state="OH", import_id=run.id)
            assert [one.code for one in kept][-1:] in (
                ["duplicate_in_delivery"],
                ["duplicate"],
            )


def test_only_a_whole_states_last_publication_is_a_base(
    ohio: Cast, staged: list[int]
) -> None:
    import_voters(ohio.ohio, FIRST)
    import_voters(ohio.ohio, second())
    order_rollback(state="OH", to=1, reason="The file was wrong.", by=ohio.ohio)
    run_imports()
    staged.clear()
    import_voters(ohio.ohio, second())
    assert sum(staged) == len(second()), "after going back"
    part = [one for one in second() if one["county"] == CUYAHOGA]
    staged.clear()
    run = import_voters(ohio.ohio, part, counties=[CUYAHOGA])
    assert sum(staged) == len(part), "a part of the state"
    assert run.status == Status.PUBLISHED, run.needs_review
    staged.clear()
    run = import_voters(ohio.ohio, second())
    assert sum(staged) == len(second()), "after a part of it"
    assert run.figures["changed"] == run.figures["gone"] == 0
    staged.clear()
    import_voters(ohio.ohio, second())
    assert sum(staged) == 0


def test_other_code_or_another_layout_reads_everything_again(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, staged: list[int]
) -> None:
    import_voters(ohio.ohio, FIRST)
    staged.clear()
    monkeypatch.setattr(lines, "_code", lambda: "a later release")
    run = import_voters(ohio.ohio, FIRST)
    assert sum(staged) == len(FIRST)
    assert run.figures["unchanged"] == len(FIRST)
    note = {"variant": "oh-voters", "delimiter": ",", "mapping": {}}
    manner = lines.manner_of(note, None)
    for name, value in (
        ("variant", "other"),
        ("delimiter", ";"),
        ("mapping", {"A": "B"}),
    ):
        assert lines.manner_of(note | {name: value}, None) != manner
    days = pl.DataFrame({"day": [dt.date(2026, 11, 3)]})
    assert lines.manner_of(note, days) != manner


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (reading, "_note_lines"),
        (reading, "_advance"),
        (work, "read_on"),
        (lines, "part"),
    ],
)
def test_a_worker_killed_while_lines_are_passed_over_is_followed_by_one_that_finishes(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    import_voters(ohio.ohio, FIRST)
    header, *voters = ohio_file(FIRST).splitlines(keepends=True)
    half = len(voters) // 2
    files = {
        "SWVF_1_22.txt": header + b"".join(voters[3:half]),
        "SWVF_23_44.txt": header + b"".join(voters[half:]),
    }
    delivery = deliver(ohio.ohio, files)
    run = order_import(delivery=delivery.id, by=ohio.ohio)
    with monkeypatch.context() as dying:
        killed_in(dying, module, name)
        with pytest.raises(Killed):
            run_imports()
    let_lease_run_out()
    run_imports()
    done = seen(ohio.ohio, run)
    assert done.status == Status.PUBLISHED, done.problem
    assert (done.figures["gone"], done.figures["unchanged"]) == (3, len(FIRST) - 3)
    assert done.figures["rows"] == len(FIRST) - 3
    again = import_voters(ohio.ohio, FIRST)
    assert again.figures["returned"] == 3


def test_what_a_crash_took_is_read_again(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_voters(ohio.ohio, FIRST)
    delivery = deliver(ohio.ohio, {"SWVF.txt": ohio_file(second())})
    run = order_import(delivery=delivery.id, by=ohio.ohio)
    with monkeypatch.context() as dying:
        killed_in(dying, work, "read_on")
        with pytest.raises(Killed):
            run_imports()
    with (
        acting_as(ohio.ohio, Action.IMPORT, using=LOADER),
        connections[LOADER].cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE staging.met_{run.id.hex}")
    let_lease_run_out()
    run_imports()
    done = seen(ohio.ohio, run)
    assert done.status == Status.PUBLISHED, done.problem
    assert done.figures["gone"] == 7


def test_kept_lines_are_the_owners_imports_alone(ohio: Cast) -> None:
    run = import_voters(ohio.ohio, FIRST)
    query = "SELECT count(*) FROM imports_line"

    def kept(actor: Any, action: Action) -> int:
        with (
            acting_as(actor, action, using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute(query)
            return int(cursor.fetchone()[0])

    assert kept(ohio.ohio, Action.IMPORT) == 1
    for actor in (ohio.carolina, ohio.stranger, ohio.campaign):
        assert kept(actor, Action.IMPORT) == 0
    assert kept(ohio.ohio, Action.READ) == kept(WORKER, Action.WORK) == 0
    for actor in (ohio.ohio, ohio.stranger):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(actor, Action.IMPORT),
            transaction.atomic(),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(query)
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(ohio.carolina, Action.IMPORT, using=LOADER),
    ):
        lines.keep(
            run,
            "forged",
            pl.DataFrame(
                {"one": [1], "other": [1], "state_voter_id": ["x"]},
                schema=dict(FAMILIAR),
            ),
        )


def test_an_import_that_is_not_published_leaves_no_lines(ohio: Cast) -> None:
    import_voters(ohio.ohio, FIRST)
    delivery = deliver(
        ohio.ohio, {"SWVF.txt": ohio_file(second())}, counties=[FRANKLIN]
    )
    failed = import_delivery(ohio.ohio, delivery)
    assert failed.status == Status.FAILED, failed.status
    last = import_voters(ohio.ohio, FIRST)
    with (
        acting_as(ohio.ohio, Action.IMPORT, using=LOADER),
        connections[LOADER].cursor() as cursor,
    ):
        cursor.execute("SELECT DISTINCT import_id FROM imports_line")
        assert cursor.fetchall() == [(last.id,)]
