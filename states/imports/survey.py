"""The first look at a delivery: which texts it holds, and in which layout each is.

Nothing is staged before every text is recognized as its state's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from coop.errors import Invalid
from states.files.archives import Source, opened, sources_of
from states.files.models import File, Packing
from states.files.storage import place_of
from states.imports.errors import ImportRefused, StagingLost
from states.layouts.declaration import Role, Variant
from states.layouts.recognize import (
    HEAD_BYTES,
    Mappings,
    Mismatch,
    recognize,
    with_mapping,
)
from states.layouts.vendors import variants_of

STAGED: Final = frozenset({Role.VOTERS, Role.HISTORY})
"""Roles whose rows are staged. Elections are read as a calendar, districts not at all."""

Note = dict[str, Any]
"""A source as it is kept in the import's cursor: what it is, and how far it was read."""


def survey(
    state: str, files: Iterable[File], mappings: Mappings, vendor: str = ""
) -> list[Note]:
    """Return a note for each text of the delivery, voters first.

    `mappings` are the names of columns that the owner has accepted for others; `vendor` is
    the one whose files its data manager has stated that it may use.

    Raises `ImportRefused` with every file at fault, or where there are no voters.
    """
    notes: list[Note] = []
    faults: list[dict[str, Any]] = []
    for file in files:
        try:
            sources = sources_of(place_of(state, file.sha256), file.name)
        except Invalid as fault:
            faults.append(_fault(file.name, fault.code, fault.detail))
            continue
        for source in sources:
            _look((state, mappings, vendor), file, source, notes, faults)
    if faults:
        raise ImportRefused("files_not_readable", _sentence(faults), faults)
    if not any(note["role"] == Role.VOTERS for note in notes):
        raise ImportRefused("no_voters", "No file of the delivery holds voters.")
    _check_calendar(state, notes)
    return sorted(notes, key=lambda note: (note["role"] != Role.VOTERS, note["label"]))


def _check_calendar(state: str, notes: list[Note]) -> None:
    """Refuse files whose codes of elections no file of the delivery explains."""
    if any(note["role"] == Role.ELECTIONS for note in notes):
        return
    unexplained = [n for n in notes if variant_of(state, n).needs_calendar]
    if unexplained:
        detail = "The delivery lacks the file that says which elections its codes are."
        faults = [_fault(n["label"], "calendar_missing", detail) for n in unexplained]
        raise ImportRefused("calendar_missing", detail, faults)


def _look(
    known: tuple[str, Mappings, str],
    file: File,
    source: Source,
    notes: list[Note],
    faults: list[dict[str, Any]],
) -> None:
    try:
        state, mappings, vendor = known
        name = PurePosixPath(source.label).name
        head = head_of(source)
        met = recognize(name, head, state=state, mappings=mappings, vendor=vendor)
    except Invalid as fault:
        faults.append(_fault(source.label, fault.code, fault.detail))
        return
    if isinstance(met, Mismatch):
        told = _fault(source.label, met.problem.value, met.sentence)
        faults.append(told | _drift(met))
        return
    notes.append(
        {
            "label": source.label,
            "sha256": file.sha256,
            "packing": source.packing.value,
            "members": list(source.members),
            "size": source.size,
            "variant": met.variant.name,
            "delimiter": met.variant.delimiter,
            "mapping": dict(mappings.get(met.variant.name, {})),
            "role": met.role.value,
            "bytes": 0,
            "lines": 0,
            "offset": 0,
            "done": met.role not in STAGED,
        }
    )


def _drift(met: Mismatch) -> dict[str, Any]:
    """Return how a header differs from the layout it resembles most, as far as it does."""
    told = met.differences
    changed: dict[str, Any] = {
        "missing": list(told.missing),
        "added": list(told.added),
        "moved": list(told.moved),
        "renamed": [{"column": one, "to": other} for one, other in told.renamed],
    }
    drift = {name: some for name, some in changed.items() if some}
    return {"layout": met.nearest.name} | drift if met.nearest else drift


def head_of(source: Source) -> bytes:
    """Return the first bytes of a text, as many as recognition asks for."""
    head = b""
    with opened(source) as stream:
        while len(head) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(head))):
            head += piece
    return head


def _fault(file: str, code: str, detail: str) -> dict[str, Any]:
    return {"file": file, "code": code, "detail": detail}


def _sentence(faults: list[dict[str, Any]]) -> str:
    if len(faults) == 1:
        return f"{faults[0]['file']}: {faults[0]['detail']}"
    return f"{len(faults)} files cannot be read; see each one's reason."


def source_of(state: str, note: Mapping[str, Any]) -> Source:
    """Return the source that a note stands for."""
    return Source(
        note["label"],
        place_of(state, note["sha256"]),
        Packing(note["packing"]),
        note["size"],
        tuple(note["members"]),
    )


def variant_of(state: str, note: Mapping[str, Any]) -> Variant:
    """Return the layout that a note was recognized in, with the mapping of that time.

    Raises `StagingLost` where this release knows it no more: then all is to be looked at anew.
    """
    named = (one for one in variants_of(state) if one.name == note["variant"])
    if (found := next(named, None)) is None:
        raise StagingLost
    delimiter = note.get("delimiter", found.delimiter)
    return replace(with_mapping(found, note["mapping"]), delimiter=delimiter)
