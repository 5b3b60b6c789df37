"""The lines that a delivery's voters came from, kept by digest: what stays the same is not read again.

A whole state's import keeps them, in pieces that are committed with the batches of voters. The next
one passes over each line that is still there, and reads, stages and compares the others. Whatever
decides how a line is read is part of a piece's manner: in another manner nothing is familiar.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final
from uuid import UUID

import polars as pl
from django.conf import settings
from psycopg import sql
from pyroaring import BitMap

from states.imports import staging
from states.imports.lease import LOADER
from states.imports.models import Import
from states.imports.survey import Note
from states.layouts.declaration import Role
from states.layouts.familiar import FAMILIAR, FamiliarLines
from states.voters.models import Publication

MOST_LINES: Final = 12_000_000
"""Lines that are remembered while reading, at 24 bytes each; further ones are read again."""
UNMET: Final = {"state_voter_id": "text"}
_READERS: Final = ("states/layouts", "states/fields", "states/imports")
_LIBRARIES: Final = ("polars", "phonenumbers", "usaddress")


class ReadAgain(Exception):  # noqa: N818 - named for what is to be done
    """Files of the delivery contradict each other about a voter: read all lines, in their order."""


class KnownLines:
    """Lines of the last publication that the files of one import may still hold.

    `taken` are the places of those that were met.
    """

    def __init__(self) -> None:
        self.size = 0
        self.taken = BitMap()
        self._by_manner: dict[str, FamiliarLines] = {}

    def add(self, manner: str, lines: pl.DataFrame) -> None:
        """Add a piece of what was kept, in its order."""
        if self.size + len(lines) <= MOST_LINES:
            self.in_manner(manner).add(lines, self.size)
        self.size += len(lines)

    def in_manner(self, manner: str) -> FamiliarLines:
        """Give the lines that were read in this manner."""
        return self._by_manner.setdefault(manner, FamiliarLines(manner))

    def take(self, places: BitMap) -> None:
        """Note that these lines are in the delivery. Raises `ReadAgain` where one was met before."""
        if not places.isdisjoint(self.taken):
            raise ReadAgain
        self.taken |= places

    def keys(self, places: BitMap) -> pl.Series:
        """Give the hashes of these lines' keys."""
        wanted = pl.Series(places.to_array(), dtype=pl.UInt32)
        found = [lines.keys(wanted) for lines in self._by_manner.values()]
        return pl.concat([pl.Series([], dtype=pl.UInt64), *found])


class OfSource:
    """The lines of the last publication as the reader of one source asks for them."""

    def __init__(self, known: KnownLines, manner: str) -> None:
        self._known = known
        self._manner = manner

    def read_as(self, manner: str) -> FamiliarLines:
        """Give the lines that were read by the same code, in the same layout and shape."""
        return self._known.in_manner(_digest(self._manner, manner))


def manner_of(note: Note, calendar: pl.DataFrame | None) -> str:
    """Return what decides how a source is read, but for its header: code, layout, mapping, calendar."""
    days = "" if calendar is None else calendar.write_csv()
    told = (note[name] for name in ("variant", "delimiter", "mapping"))
    return _digest(_code(), *map(repr, told), days)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """Return a digest of all code that reads lines, and of the libraries it reads them with."""
    told = [f"{name} {version(name)}" for name in _LIBRARIES]
    for folder in _READERS:
        files = sorted(Path(settings.BASE_DIR, folder).glob("*.py"))
        told += [file.read_text() for file in files]
    return _digest(*told)


def keeps_lines(run: Import, notes: list[Note]) -> bool:
    """Tell whether an import keeps its lines: those of a whole state, with each voter's votes in them."""
    return run.delivery.counties is None and not any(
        note["role"] == Role.HISTORY for note in notes
    )


def base_of(run: Import) -> UUID | None:
    """Return the import whose kept lines are exactly the state's voters now; None if there is none."""
    newest = Publication.objects.using(LOADER).filter(state=run.state)
    last = newest.order_by("-number").first()
    if last is None or last.counties is not None:
        return None
    counted = staging.execute(
        sql.SQL(
            "SELECT (SELECT sum(lines) FROM imports_line WHERE state = {state} AND import_id = {last}),"
            " (SELECT count(*) FROM voters_registration AS r"
            "  WHERE r.state = {state} AND r.shielded IS DISTINCT FROM 'gone')"
        ).format(state=sql.Literal(run.state), last=sql.Literal(last.import_id))
    )[0]
    return last.import_id if counted[0] and counted[0] == counted[1] else None


def forget(state: str, *, but: UUID | None) -> None:
    """Delete a state's kept lines, all but those of one import."""
    staging.execute(
        sql.SQL(
            "DELETE FROM imports_line WHERE state = %s AND import_id IS DISTINCT FROM %s"
        ),
        [state, but],
    )


def forget_of(run: Import) -> None:
    """Delete the lines that an import kept which is not published."""
    query = sql.SQL("DELETE FROM imports_line WHERE state = %s AND import_id = %s")
    staging.execute(query, [run.state, run.id])


def keep(run: Import, manner: str, lines: pl.DataFrame) -> None:
    """Keep lines, with the columns of `FAMILIAR`, in the open step."""
    if lines.is_empty():
        return
    written = io.BytesIO()
    oldest = pl.CompatLevel.oldest()
    lines.select(list(FAMILIAR)).write_ipc(
        written, compression="lz4", compat_level=oldest
    )
    staging.execute(
        sql.SQL(
            "INSERT INTO imports_line (state, import_id, number, manner, lines, content)"
            " SELECT {state}, {run}, count(*), %s, %s, %s FROM imports_line"
            " WHERE state = {state} AND import_id = {run}"
        ).format(state=sql.Literal(run.state), run=sql.Literal(run.id)),
        [manner, len(lines), written.getvalue()],
    )


def pieces(state: str, import_id: UUID) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield an import's kept lines piece by piece, in the open step, with the manner of each."""
    number = 0
    query = sql.SQL(
        "SELECT manner, content FROM imports_line"
        " WHERE state = %s AND import_id = %s AND number = %s"
    )
    while found := staging.execute(query, [state, import_id, number]):
        manner, content = found[0]
        yield manner, pl.read_ipc(io.BytesIO(content))
        number += 1


def known_to(run: Import) -> KnownLines:
    """Return what an import may pass over, as far as it has come: in the open step."""
    known = KnownLines()
    if base := run.cursor.get("base"):
        for manner, lines in pieces(run.state, UUID(base)):
            known.add(manner, lines)
        known.take(staging.met(run.id))
    return known


def part(run: Import) -> None:
    """Part the last publication's lines: those met are kept on, of the others the voters are staged.

    Raises `ReadAgain` where a staged voter also has a line that was passed over.
    """
    taken, place = staging.met(run.id), 0
    staging.create_table("unmet", run.id, UNMET)
    for manner, lines in pieces(run.state, UUID(run.cursor["base"])):
        here = taken & BitMap(range(place, place + len(lines)))
        met = lines.with_row_index("at").select(
            pl.col("at").is_in([one - place for one in here])
        )["at"]
        keep(run, manner, lines.filter(met))
        staging.stage_unmet(run.id, lines.filter(~met)["state_voter_id"])
        place += len(lines)
    for kind in ("unmet", "voters"):
        staging.analyze(kind, run.id, *UNMET)
    if _contradicts(run):
        raise ReadAgain


def _contradicts(run: Import) -> bool:
    """Tell whether a staged voter also has a line that was passed over, in another file.

    Nearly all that is staged is unmet; what is left are the new, each looked up by itself: the planner would
    go through all published voters for them.
    """
    query = sql.SQL(
        "SELECT EXISTS (SELECT FROM {voters} AS s CROSS JOIN LATERAL ("
        "  SELECT FROM voters_registration AS r"
        "  WHERE r.state = {state} AND r.state_voter_id = s.state_voter_id"
        "   AND r.shielded IS DISTINCT FROM 'gone' LIMIT 1) AS known"
        " WHERE NOT EXISTS (SELECT FROM {unmet} AS u WHERE u.state_voter_id = s.state_voter_id))"
    ).format(
        voters=staging.identifier("voters", run.id),
        unmet=staging.identifier("unmet", run.id),
        state=sql.Literal(run.state),
    )
    return bool(staging.execute(query)[0][0])
