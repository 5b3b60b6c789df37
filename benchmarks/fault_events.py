"""What clients tell while a house is being torn at: contacts, corrections and retractions, drawn by a seed."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from benchmarks.running_house import Member

CALM: Final = ("not_home", "refused", "busy", "left_message", None)
"""None: an answered contact, with support."""
PROTECTING: Final = ("do_not_call", "do_not_text", "wrong_number", "deceased", "moved")
OPT_OUTS: Final = ("call", "text", "door")
FIRST: Final = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a voter: by a contact, or by its correction. `outs` and `ins` are opt-outs and opt-ins."""

    event_time: dt.datetime
    result: str | None
    support: int | None
    phone: str | None = None
    outs: tuple[str, ...] = ()
    ins: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """Return it as clients send it."""
        members: dict[str, Any] = {
            "contact_type": "phone" if self.phone else "walk",
            "occurred_at": self.event_time.isoformat(),
            "support": self.support,
            "result_code": self.result,
            "phone": self.phone,
            "suppressions": list(self.outs),
            "opt_ins": list(self.ins),
        }
        return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True)
class Sent:
    """One contact as it was sent, for the oracle."""

    event_id: str
    member: Member
    voter: UUID
    told: Told

    def body(self) -> dict[str, Any]:
        """Return it as clients push it."""
        about = {"event_id": self.event_id, "voter": f"OH-{self.voter.hex}"}
        return about | self.told.body()


@dataclass(frozen=True, slots=True)
class Amended:
    """A correction of a contact, by the contact's event id; its retraction where nothing is told."""

    event_id: str
    contact: str
    told: Told | None

    def body(self) -> dict[str, Any]:
        """Return it as clients send it."""
        return {"event_id": self.event_id} | (self.told.body() if self.told else {})


def draw_told(draw: random.Random, number: int, seed: int) -> Told:
    """Return what a client's contact of this number says, at a second of its own.

    Times are kept in whole seconds, and no two contacts happen at once.
    """
    second = (number * 7919 % 50_000) * 16 + seed % 16
    result = draw.choice(PROTECTING if draw.random() < 0.15 else CALM)
    told = Told(
        FIRST + dt.timedelta(seconds=second),
        result,
        draw.randrange(1, 6) if result is None else None,
        f"+1614555{draw.randrange(100, 200):04d}" if result == "wrong_number" else None,
    )
    if draw.random() < 0.1:
        return replace(told, outs=(draw.choice(OPT_OUTS),))
    return replace(told, ins=(draw.choice(OPT_OUTS),)) if draw.random() < 0.1 else told


def draw_amendment(draw: random.Random, sent: Sent, name: str, number: int) -> Amended:
    """Return a correction of a contact, at the contact's own time, or now and then its retraction."""
    if draw.random() < 0.3:
        return Amended(name, sent.event_id, None)
    told = replace(draw_told(draw, number, 0), event_time=sent.told.event_time)
    return Amended(name, sent.event_id, told)
