"""Named reads and writes beside an export: the set-ups that bind it, its voters' registrations, what was woven."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q, Sum
from django.utils import timezone

from coop.actors import Actor
from coop.db.signing import sign
from states.tracers.access import check_own
from states.tracers.account import (
    Armed,
    Entry,
    bound_of,
    open_entries,
    open_setup,
    seal_entries,
)
from states.tracers.lines import Register
from states.tracers.models import Woven
from states.tracers.people import Host
from states.tracers.positions import Copy
from states.voters.models import Registration

_HOST = ("voter", "county", "first_name", "state_voter_id", "county_voter_id")


def armed_states(states: Sequence[str]) -> dict[str, Armed]:
    """Return the set-ups that bind the acting licensee's exports of these states, opened.

    Call it in a scope to export. A state's own party gets no tracers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, sealed FROM sec.tracers_for(%s)", [list(states)])
        rows = cursor.fetchall()
    return {state: open_setup(bytes(sealed), state) for state, sealed in rows}


def disclosed_states(states: Iterable[str]) -> set[str]:
    """Return those of the states whose exports may hold tracers: whoever is a member may know."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.tracers_disclosed(%s)", [sorted(set(states))])
        return set(cursor.fetchone()[0])


def hosts_of(state: str, voters: Collection[UUID]) -> Mapping[UUID, Host]:
    """Return what tracers beside these voters must fit, as the open scope shows the voters."""
    rows = Registration.objects.filter(state=state, voter__in=voters)
    return {row[0]: Host(*row) for row in rows.values_list(*_HOST)}


def registers_of(
    state: str, wanted: Sequence[tuple[list[str], list[str]]]
) -> list[Register]:
    """Return for each the first ids, in the state's and in the county's register, that no voter has."""
    ids = sorted({one for both in wanted for some in both for one in some})
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('coop.actor')")
        token = cursor.fetchone()[0]
        signature = sign("|".join(("registered", state, token, *ids)))
        cursor.execute("SELECT sec.registered_ids(%s, %s, %s)", [state, ids, signature])
        taken = set(cursor.fetchone()[0])
    return [
        Register(_free(of_state, taken), _free(of_county, taken))
        for of_state, of_county in wanted
    ]


def write_woven(state: str, copy: Copy, number: int, entries: Sequence[Entry]) -> None:
    """Write down what a chunk holds, in the licensee's own scope, which cannot read it back."""
    bound = bound_of(state, copy.export, copy.fetch, number)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracers_woven (state, export, download, number, organization, tracers,"
            " sealed, woven_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                state,
                copy.export,
                copy.fetch,
                number,
                copy.organization,
                sum(one.tracer is not None for one in entries),
                seal_entries(entries, bound),
                timezone.now(),
            ],
        )


def woven_in(state: str) -> Iterable[tuple[Woven, list[Entry] | None]]:
    """Yield all that was woven into exports of the acting owner's state, oldest first.

    None stands for what cannot be opened: it was sealed under another key, or not by this service.
    """
    rows = Woven.objects.filter(state=state).order_by("woven_at", "export", "number")
    for row in rows.iterator(chunk_size=500):
        bound = bound_of(state, row.export, row.download, row.number)
        yield row, open_entries(bytes(row.sealed), bound)


@dataclass(frozen=True, slots=True)
class Traced:
    """An export of a state's voters: whose it is, and how many tracers it got, all fetches together."""

    export: UUID
    organization: UUID
    tracers: int
    first_at: dt.datetime


def exports_after(
    state: str, after: tuple[dt.datetime, UUID] | None, limit: int, *, by: Actor
) -> list[Traced]:
    """Return up to `limit` exports with tracers of a state of the actor's, newest first, after one.

    Raises `NotFound` for a state of another's.
    """
    check_own(state, by=by)
    rows = (
        Woven.objects.filter(state=state)
        .values("export", "organization")
        .annotate(total=Sum("tracers"), first_at=Min("woven_at"))
        .order_by("-first_at", "-export")
    )
    if after:
        at, export = after
        rows = rows.filter(Q(first_at__lt=at) | Q(first_at=at, export__lt=export))
    return [
        Traced(row["export"], row["organization"], row["total"], row["first_at"])
        for row in rows[:limit]
    ]


def _free(candidates: Sequence[str], taken: set[str]) -> str | None:
    return next((one for one in candidates if one not in taken), None)
