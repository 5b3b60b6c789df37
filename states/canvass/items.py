"""Reading one pushed contact: from what a client sent to a checked item, or every fault it has."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils.dateparse import parse_datetime

from coop.errors import FieldFault, Invalid
from states.canvass.references import PHONE, VoterReference, read_reference
from states.canvass.vocabulary import (
    API,
    CANVASSED,
    CONTACT_TYPES,
    INPUT_TYPES,
    OPT_OUTS,
    RESULT_CODES,
    Vocabulary,
)

EVENT_ID_LONGEST: Final = 200
ANSWERS_MOST: Final = 50
CLOCK_SKEW: Final = dt.timedelta(days=1)
"""How far ahead a client's clock may run: such times are set back to the time of receipt."""
EARLIEST: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MEMBERS: Final = frozenset(
    {
        "event_id",
        "voter",
        "contact_type",
        "input_type",
        "result_code",
        "survey_responses",
        "activist_codes",
        "support",
        "suppressions",
        "opt_ins",
        "occurred_at",
        "canvasser",
        "phone",
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """A checked contact. `body` is what is stored: numbers of the vocabulary, plain JSON.

    `named` is the reference to the voter as it was sent.
    """

    event_id: str
    about: VoterReference
    event_time: dt.datetime
    body: dict[str, Any]
    body_hash: bytes
    named: Any = None


def parse_item(raw: object, *, now: dt.datetime) -> Item:
    """Read one contact as sent. Raises `Invalid` with a fault for everything that is wrong.

    `now` is the time of receipt: the event's time where none is given, or where the
    client's clock runs ahead.
    """
    if not isinstance(raw, Mapping):
        raise Invalid(
            "item_invalid",
            "A contact must be an object.",
            [FieldFault("", "object_required", "A contact must be an object.")],
        )
    reading = _Reading(raw)
    item = _item(reading, now)
    if reading.faults or item is None:
        raise Invalid("item_invalid", "The contact is not valid.", reading.faults)
    return item


def body_hash(raw: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a body's canonical JSON: members sorted, no spaces."""
    return hashlib.sha256(_CANONICAL.encode(raw).encode()).digest()


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(slots=True)
class _Reading:
    """A body on its way through the checks, gathering faults."""

    raw: Mapping[str, Any]
    faults: list[FieldFault] = field(default_factory=list)

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(FieldFault(pointer, code, detail))

    def text(self, name: str, longest: int, *, required: bool = False) -> str | None:
        """Return a text member without control characters, or None with its fault noted."""
        given = self.raw.get(name)
        if given is None and not required:
            return None
        if isinstance(given, str) and 0 < len(given) <= longest and given.isprintable():
            return given
        self.fault(
            f"/{name}",
            "text_invalid",
            f"This must be 1 to {longest} printable characters.",
        )
        return None

    def word(self, name: str, words: Vocabulary) -> int | None:
        """Return the number of a vocabulary's word, or None with its fault noted."""
        found = words.find(self.raw.get(name))
        if found is None:
            known = ", ".join(word.name for word in words)
            self.fault(f"/{name}", "code_unknown", f"This must be one of: {known}.")
            return None
        return found.number

    def kinds(self, name: str) -> list[str]:
        """Return a list of opt-out kinds, sorted, without repetition."""
        given = self.raw.get(name, [])
        if isinstance(given, list) and all(
            isinstance(kind, str) and kind in OPT_OUTS for kind in given
        ):
            return sorted(set(given))
        self.fault(
            f"/{name}",
            "suppression_unknown",
            f"This must be a list of: {', '.join(OPT_OUTS)}.",
        )
        return []

    def references(
        self, name: str, keys: tuple[str, ...], flag: str = ""
    ) -> list[dict[str, Any]]:
        """Return a list of objects whose members `keys` are UUIDs, as text.

        `flag` names a member that is true or false, true where it is absent.
        """
        given = self.raw.get(name, [])
        if not isinstance(given, list) or len(given) > ANSWERS_MOST:
            self.fault(
                f"/{name}",
                "list_invalid",
                f"This must be a list of at most {ANSWERS_MOST}.",
            )
            return []
        read = []
        for index, one in enumerate(given):
            found = _uuids(one, keys, flag)
            if found is None:
                self.fault(
                    f"/{name}/{index}",
                    "id_malformed",
                    f"This needs the ids: {', '.join(keys)}.",
                )
            else:
                read.append(found)
        return read


def _item(reading: _Reading, now: dt.datetime) -> Item | None:
    for name in sorted(set(map(str, reading.raw)) - MEMBERS):
        reading.fault(
            f"/{name}", "unknown_field", "A contact has no member of this name."
        )
    event_id = reading.text("event_id", EVENT_ID_LONGEST, required=True)
    about = _about(reading)
    event_time = _event_time(reading, now)
    body = _body(reading)
    if event_id is None or about is None or event_time is None:
        return None
    named = reading.raw.get("voter")
    return Item(event_id, about, event_time, body, body_hash(reading.raw), named)


def _about(reading: _Reading) -> VoterReference | None:
    try:
        return read_reference(reading.raw.get("voter"))
    except Invalid as error:
        reading.faults.extend(error.faults)
        return None


def _event_time(reading: _Reading, now: dt.datetime) -> dt.datetime | None:
    given = reading.raw.get("occurred_at")
    if given is None:
        return now
    read = _moment(given)
    if read is None or read < EARLIEST:
        reading.fault(
            "/occurred_at",
            "time_invalid",
            "This must be an ISO 8601 time with its zone, since 2000.",
        )
        return None
    if read > now + CLOCK_SKEW:
        reading.fault(
            "/occurred_at", "time_in_future", "This is more than a day in the future."
        )
        return None
    return min(read, now)


def _moment(given: object) -> dt.datetime | None:
    try:
        read = parse_datetime(given) if isinstance(given, str) else None
        return read.astimezone(dt.UTC) if read and read.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _body(reading: _Reading) -> dict[str, Any]:
    raw = reading.raw
    answers = reading.references("survey_responses", ("question", "response"))
    codes = reading.references("activist_codes", ("code",), "applied")
    support = _support(reading)
    phone = _phone(reading)
    return {
        "contact_type": reading.word("contact_type", CONTACT_TYPES),
        "input_type": reading.word("input_type", INPUT_TYPES)
        if raw.get("input_type") is not None
        else API,
        "result_code": _result(reading, answered=bool(answers or codes or support)),
        "survey_responses": answers,
        "activist_codes": codes,
        "support": support,
        "suppressions": reading.kinds("suppressions"),
        "opt_ins": reading.kinds("opt_ins"),
        "canvasser": reading.text("canvasser", 80),
        "phone": phone,
    }


def _result(reading: _Reading, *, answered: bool) -> int | None:
    """Return the result code: responses imply Canvassed; a contact has one or the other."""
    given = reading.raw.get("result_code")
    if given is not None and answered:
        reading.fault(
            "/result_code",
            "result_with_responses",
            "Give a result code or responses, not both: responses imply Canvassed.",
        )
        return None
    if answered:
        return CANVASSED
    return reading.word("result_code", RESULT_CODES)


def _support(reading: _Reading) -> int | None:
    given = reading.raw.get("support")
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= 5:
        return given
    reading.fault(
        "/support",
        "support_invalid",
        "This must be a whole number from 1 (strong) to 5 (opposed).",
    )
    return None


def _phone(reading: _Reading) -> str | None:
    given = reading.raw.get("phone")
    if given is None or (isinstance(given, str) and PHONE.fullmatch(given)):
        return given
    reading.fault("/phone", "phone_invalid", "This must be in E.164: +16145550100.")
    return None


def _uuids(one: object, keys: tuple[str, ...], flag: str) -> dict[str, Any] | None:
    if not isinstance(one, Mapping) or not set(keys) <= set(one) <= {*keys, flag}:
        return None
    flags = {flag: one.get(flag, True)} if flag else {}
    if not all(isinstance(value, bool) for value in flags.values()):
        return None
    try:
        return {key: str(UUID(str(one[key]))) for key in keys} | flags
    except ValueError:
        return None
