"""Clients of the cast's members, sets of scores, and their uploading and working through."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.scores.actions import declare_set, queue_upload
from states.scores.models import Upload
from states.scores.rules import Declared
from states.scores.work import run_uploads
from tests.grants.conftest import client_of
from tests.imports.conftest import ohio, storage

__all__ = ["client_of", "ohio", "storage"]


@pytest.fixture(autouse=True)
def _sheets_go_away(storage: Path) -> None:
    """Keep uploads in a folder that goes away."""


def sid(number: int, state: str = "OH") -> str:
    """Return the state's id of a voter of the cast."""
    return f"{state}{number:011d}"


def declare(by: Actor, name: str = "turnout", **more: Any) -> UUID:
    """Declare a set from 0 to 100, unless told otherwise; return its id."""
    bounds = {} if "labels" in more else {"low": 0, "high": 100}
    return declare_set(declared=Declared(name, **(bounds | more)), by=by).id


def upload(
    by: Actor,
    score_set: UUID,
    lines: Iterable[str],
    state: str = "OH",
    header: str = "voter,score",
) -> Upload:
    """Upload lines and work them through; return the upload as it is then."""
    body = "\n".join([header, *lines, ""]).encode()
    queued = queue_upload(set_id=score_set, state=state, chunks=[body], by=by)
    while run_uploads():
        pass
    return reloaded(queued, by)


def reloaded(one: Upload, by: Actor) -> Upload:
    """Return an upload as its organization sees it now."""
    with acting_as(by, Action.READ):
        return Upload.objects.get(id=one.id)


def scores_of(numbers: Iterable[int], value: float | str) -> list[str]:
    """Return lines that give voters of Ohio the same score."""
    return [f"{sid(number)},{value}" for number in numbers]
