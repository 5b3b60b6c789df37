"""The sealed texts of tracers: a party's set-up with its secret, and what was woven into a chunk of a file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from coop.errors import Unavailable
from coop.sealing import SealBroken, seal, unseal
from states.tracers.points import Points, as_plain, points_from

_SETUP: Final = "tracers-setup"
_WOVEN: Final = "tracers-woven"


@dataclass(frozen=True, slots=True)
class Armed:
    """A state's set-up, opened: the secret that tracers are drawn from, and the party's points."""

    secret: bytes
    points: Points


@dataclass(frozen=True, slots=True)
class Entry:
    """One position of an export, as it was woven: at which voter, and who stood there.

    `own` tells a tracer of this export alone from one of the licensees' code. `tracer` is None where the
    licensee's copy does not carry the position; else the id and the texts by which a file can show it.
    """

    host: UUID
    own: bool
    tracer: UUID | None = None
    shown: tuple[tuple[str, str], ...] = ()


def seal_setup(armed: Armed, state: str) -> bytes:
    """Return a set-up to be stored; it opens for its state alone."""
    text = {"secret": armed.secret.hex(), "points": as_plain(armed.points)}
    return seal(json.dumps(text).encode(), _SETUP, state)


def open_setup(sealed: bytes, state: str) -> Armed:
    """Return a set-up that was stored. Raises `Unavailable` (`tracers_sealed`) where SECRET_KEY is another."""
    try:
        text = json.loads(unseal(sealed, _SETUP, state))
    except SealBroken as error:
        detail = "The tracers' secret was sealed under another SECRET_KEY."
        raise Unavailable("tracers_sealed", detail) from error
    return Armed(bytes.fromhex(text["secret"]), points_from(text["points"]))


def seal_entries(entries: Sequence[Entry], bound: str) -> bytes:
    """Return what was woven into a chunk, to be stored; `bound` names state, export, fetch and chunk."""
    text = json.dumps([_plain(one) for one in entries], separators=(",", ":"))
    return seal(zlib.compress(text.encode()), _WOVEN, bound)


def open_entries(sealed: bytes, bound: str) -> list[Entry] | None:
    """Return what was woven into a chunk; None for what was not sealed here, for that chunk."""
    try:
        text = unseal(sealed, _WOVEN, bound)
    except SealBroken:
        return None
    return [
        Entry(
            UUID(host),
            bool(own),
            UUID(tracer) if tracer else None,
            tuple((name, value) for name, value in shown),
        )
        for host, own, tracer, shown in json.loads(zlib.decompress(text))
    ]


def bound_of(state: str, export: UUID, fetch: int, number: int) -> str:
    """Return what a chunk's entries are sealed to."""
    return f"{state}|{export}|{fetch}|{number}"


def _plain(one: Entry) -> list[Any]:
    return [one.host.hex, one.own, one.tracer and one.tracer.hex, one.shown]
