"""Every state's files broken in nine ways, from the upload to the report and to what is published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Invalid
from states.imports.access import rejects_after
from states.imports.actions import publish_import
from states.imports.models import Import, Status
from states.imports.work import run_imports
from states.layouts.known import LAYOUTS
from states.voters.models import Demographics, Registration
from tests.conftest import CommittedDatabase
from tests.databases import cloned_database
from tests.imports.breakages import (
    STRAY,
    Broken,
    broken_files,
    changed_header,
    sample,
    utf_16,
    zipped,
)
from tests.imports.people import deliver, import_delivery, seen
from tests.imports.test_every_state import owner_of


@pytest.fixture(scope="module")
def database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[CommittedDatabase]:
    """One database for all states: what is one state's never meets another's."""
    with django_db_blocker.unblock(), cloned_database("broken") as name:
        yield CommittedDatabase(name)


pytestmark = pytest.mark.slow
PUBLISHED = ("state_voter_id", "last_name", "first_name", "county", "res_city")


def rejected(by: Actor, run: Import) -> list[tuple[str, int | None, str]]:
    with acting_as(by, Action.IMPORT):
        kept = rejects_after(run, 0, 100)
    return sorted((one.file, one.line_number, one.code) for one in kept)


def expected_rejects(archive: str, files: dict[str, Broken]) -> list[Any]:
    return sorted(
        (f"{archive}/{name}", line, code)
        for name, one in files.items()
        for line, code in one.rejects
    )


def published(by: Actor, state: str) -> dict[str, tuple[Any, ...]]:
    """Return who is not gone by identifier, with the birth, as the owner reads them."""
    with acting_as(by, Action.READ):
        births = {
            one.voter: (one.birth_date, one.birth_year)
            for one in Demographics.objects.filter(state=state)
        }
        return {
            one.state_voter_id: (
                *(getattr(one, name) for name in PUBLISHED[1:]),
                *births[one.voter],
            )
            for one in Registration.objects.filter(state=state)
            if one.shielded != "gone"
        }


def expected(files: dict[str, Broken]) -> dict[str, tuple[Any, ...]]:
    names = (*PUBLISHED[1:], "birth_date", "birth_year")
    return {
        voter.id: tuple(voter.values.get(name) for name in names)
        for one in files.values()
        for voter in one.kept
    }


@pytest.mark.parametrize("state", sorted(LAYOUTS))
def test_every_line_that_can_be_read_is_published_and_every_other_is_told(
    state: str, database: CommittedDatabase
) -> None:
    by, known, files = owner_of(state), sample(state), broken_files(state)
    before = published(by, state)
    for name, content, code in _refused(state):
        run = import_delivery(by, deliver(by, {name: content}, state))
        assert run.status == Status.FAILED, name
        assert run.problem
        assert [one["code"] for one in run.problem["files"]] == [code], run.problem
        assert published(by, state) == before
    members = {name: one.content for name, one in files.items()}
    archive = zipped(members | STRAY | known.calendars)
    with pytest.raises(Invalid) as cut:
        deliver(by, {"all.zip": archive[:-99]}, state)
    assert cut.value.code == "archive_damaged"
    run = import_delivery(by, deliver(by, {"all.zip": archive}, state, review=True))
    assert rejected(by, run) == expected_rejects("all.zip", files)
    assert run.status == Status.READY, run.problem
    kept = sum(len(one.kept) for one in files.values())
    lost = sum(len(one.rejects) for one in files.values())
    reasons = {one["code"] for one in run.needs_review}
    assert ("many_rejected" in reasons) == (lost / (kept + lost) > 0.05)
    assert (run.figures["rejected"], run.figures["rows"]) == (lost, kept + lost)
    after = expected(files)
    met = same_people(before, after)
    assert run.figures["changed"] == len(met)
    assert run.figures["inserted"] + run.figures["returned"] == kept - len(met)
    assert run.figures["gone"] == len(before) - len(met)
    assert published(by, state) == before
    publish_import(import_id=run.id, by=by)
    run_imports()
    assert seen(by, run).status == Status.PUBLISHED
    assert published(by, state) == after


def same_people(
    before: dict[str, tuple[Any, ...]], after: dict[str, tuple[Any, ...]]
) -> set[str]:
    """Return the identifiers that stand for the same person: the cast has some that a file gives to others."""

    def are_others(one: str) -> bool:
        last, first, *_, day, year = zip(before[one], after[one], strict=True)
        birth = day if all(day) else year
        return all(was != now for was, now in (last, first, birth))

    return {one for one in before if one in after and not are_others(one)}


def _refused(state: str) -> list[tuple[str, bytes, str]]:
    known = sample(state)
    return [
        (
            known.name,
            changed_header(known),
            "changed_header" if known.header else "changed_count",
        ),
        (known.name, utf_16(known), "binary"),
    ]
