"""An invented delivery of every state that has a layout, from its official files to published voters."""

from __future__ import annotations

from pathlib import Path

import pytest

from coop.actors import OPERATOR, Action, Actor
from coop.db.scope import acting_as
from coop.jurisdictions.actions import open_state
from coop.jurisdictions.models import State
from coop.organizations.actions import found_organization
from coop.organizations.models import OrganizationKind
from states.imports.models import Import, Status
from states.layouts.declaration import Role
from states.layouts.known import LAYOUTS
from states.layouts.recognize import HEAD_BYTES, Recognized, recognize
from states.layouts.synthesis import synthesize
from states.voters.models import Registration, VoteHistory
from tests.cast import actor_of
from tests.conftest import CommittedDatabase
from tests.imports.people import deliver, import_delivery

VOTERS = 60


def owner_of(state: str) -> Actor:
    """The state's owner, who is founded and opens the state where nobody owns it."""
    with acting_as(OPERATOR, Action.OPERATE):
        owner = State.objects.get(code=state).owner
    if owner is None:
        kind = OrganizationKind.STATE_PARTY
        owner = found_organization(kind=kind, name=f"{state} Party", by=OPERATOR).id
        open_state(code=state, owner=owner, by=OPERATOR)
    return actor_of(owner)


def imported(by: Actor, state: str, files: list[Path]) -> Import:
    contents = {file.name: file.read_bytes() for file in files}
    return import_delivery(by, deliver(by, contents, state, review=True))


@pytest.mark.parametrize("state", sorted(LAYOUTS))
def test_an_invented_delivery_is_read_whole(
    state: str, committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    by = owner_of(state)
    written = synthesize(state, VOTERS, 3, tmp_path / "files")
    run = imported(by, state, sorted(written.files))
    assert run.status == Status.READY, run.problem
    read = ("inserted", "changed", "unchanged", "returned")
    assert sum(run.figures[name] for name in read) == VOTERS
    assert run.figures["rejected"] == 0


@pytest.mark.parametrize("state", ["NE", "PA"])
def test_codes_without_the_file_that_explains_them_are_refused(
    state: str, committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    by = owner_of(state)
    written = synthesize(state, VOTERS, 3, tmp_path / "files")
    rest = [file for file in written.files if not _is_calendar(state, file)]
    assert len(rest) < len(list(written.files))
    run = imported(by, state, rest)
    assert run.status == Status.FAILED
    assert run.problem is not None
    assert run.problem["code"] == "calendar_missing"
    with acting_as(by, Action.READ):
        assert not VoteHistory.objects.filter(state=state).exists()
        assert not Registration.objects.filter(state=state).exists()


def _is_calendar(state: str, file: Path) -> bool:
    met = recognize(file.name, file.read_bytes()[:HEAD_BYTES], state=state)
    return isinstance(met, Recognized) and met.role is Role.ELECTIONS
