"""The first import of a state: from uploaded file to published voters, with exact figures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports.models import Status
from states.imports.progress import progress_of
from states.imports.timings import PHASES
from states.voters.models import (
    Demographics,
    Publication,
    Registration,
)
from tests.cast import Cast
from tests.imports.people import import_voters, ohio_file, people, person


def test_every_voter_of_the_file_is_published_with_exact_figures(ohio: Cast) -> None:
    voters = [*people(range(1, 51)), person(51, confidential=True)]
    run = import_voters(ohio.ohio, voters)
    assert run.status == Status.PUBLISHED, run.problem
    assert run.figures == {
        "rows": 51,
        "rejected": 0,
        "not_votes": 0,
        "undated": 0,
        "unclear": 0,
        "votes_rows": 0,
        "repeated": 0,
        "id_reused": 0,
        "in_scope": 0,
        "inserted": 51,
        "changed": 0,
        "unchanged": 0,
        "returned": 0,
        "moved": 0,
        "gone": 0,
        "confidential": 1,
        "newly_confidential": 1,
        "confidential_before": 0,
    }
    with acting_as(ohio.ohio, Action.READ):
        assert Registration.objects.filter(state="OH").count() == 51
        assert Demographics.objects.filter(state="OH").count() == 51
        newest = Publication.objects.filter(state="OH").latest("number")
        assert (newest.import_id, newest.figures) == (run.id, run.figures)
        assert run.publication == newest.number


def test_its_work_is_told_by_phase(ohio: Cast) -> None:
    run = import_voters(ohio.ohio, people(range(1, 51)))
    seconds = progress_of(run).seconds_by_phase
    assert list(seconds) == list(PHASES)
    assert all(value > 0 for value in seconds.values())


def test_the_planner_knows_the_new_voters_at_once(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 51)))
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'partitions.voters_registration_oh'::regclass"
        )
        assert cursor.fetchone()[0] == 50


def test_the_command_imports_files_and_tells_the_figures(
    ohio: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "SWVF_1_88.txt"
    path.write_bytes(ohio_file(people(range(1, 31))))
    told = io.StringIO()
    call_command("import_file", "oh", str(path), "--date", "2026-11-15", stdout=told)
    assert "30  inserted" in told.getvalue()
    assert "Published as number 1 of OH." in told.getvalue()
    path.write_bytes(b"nothing,of,the,kind\n1,2,3,4\n")
    with pytest.raises(CommandError, match="files_not_readable"):
        call_command("import_file", "OH", str(path), "--date", "2026-11-15")
    with pytest.raises(CommandError, match="WY"):
        call_command("import_file", "WY", str(path), "--date", "2026-11-15")
