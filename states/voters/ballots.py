"""Which election's ballots an answer means, and the ballots of the voters that it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from states.voters.models import Ballot, BallotElection


def current_ballot_election(state: str, day: dt.date) -> str | None:
    """Return the next election from a day on that the state has ballots of, else its newest.

    `2026-11-03 general`; None where the state has none.
    """
    known = BallotElection.objects.filter(state=state)
    names = sorted(known.values_list("ballot_election", flat=True))
    coming = [one for one in names if one >= day.isoformat()]
    return coming[0] if coming else (names[-1] if names else None)


def ballots_of(state: str, voters: Iterable[UUID], day: dt.date) -> dict[UUID, Ballot]:
    """Return the visible ballots of voters in the election that a day means, by voter."""
    election = current_ballot_election(state, day)
    if election is None:
        return {}
    found = Ballot.objects.filter(
        state=state, ballot_election=election, voter__in=list(voters)
    )
    return {one.voter: one for one in found}
