"""A set-up of Ohio's, and clients of the cast's members."""

from __future__ import annotations

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from states.lists import chunks
from states.tracers.actions import set_tracers
from states.tracers.points import Address, Points
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.grants.conftest import client_of

__all__ = ["client_of"]

POINTS = Points(
    (
        Address("1204 PARTY WAY", "COLUMBUS", "43215", 39049, ("APT 1", "APT 2")),
        Address("PO BOX 77", "CLEVELAND", "44114"),
    ),
    ("+16145550131", "+16145550132"),
    ("@mail.ohioparty.example.org",),
    share=0.02,
    least=20,
)


@pytest.fixture
def ohio_traces(committed_db: CommittedDatabase, cast: Cast) -> Points:
    """Ohio's party has set tracers up: an export of its 80 voters in a district gets eight."""
    with acting_as(cast.ohio, Action.MANAGE):
        set_tracers(state="OH", points=POINTS, by=cast.ohio)
    return POINTS


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a download of the cast's voters take many chunks."""
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 16)
