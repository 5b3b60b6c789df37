"""Reference data of canvassing: contact types, input types and result codes, with VAN's numbers.

Where VAN's number has not been seen in the wild the number is our own, from 9000 up.
Names are those of `states.fields.codes`; the numbers are what the tables hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from states.fields.codes import CONTACT_TYPES as CONTACT_TYPE_NAMES, RESULTS


@dataclass(frozen=True, slots=True)
class Word:
    """One entry: its number, its name as in criteria and answers, and its title for people."""

    number: int
    name: str
    title: str


class Vocabulary:
    """A closed list of words, found by number, name or title."""

    def __init__(self, *words: Word) -> None:
        self._words = words
        self._by_number = {word.number: word for word in words}
        self._by_name = {
            key.casefold(): word for word in words for key in (word.name, word.title)
        }

    def __iter__(self) -> Iterator[Word]:
        return iter(self._words)

    def find(self, given: object) -> Word | None:
        """Return the word that a client names, by number or by name in any case; else None."""
        if isinstance(given, bool):
            return None
        if isinstance(given, int):
            return self._by_number.get(given)
        if isinstance(given, str):
            return self._by_name.get(given.casefold())
        return None

    def name(self, number: int) -> str:
        """Return the name of a number that a table holds. Raises `KeyError` for none of ours."""
        return self._by_number[number].name

    def number(self, name: str) -> int:
        """Return the number of a name. Raises `KeyError` for none of ours."""
        return self._by_name[name].number


CANVASSED: Final = 14
WRONG_NUMBER: Final = 20
DO_NOT_TEXT: Final = 130
DECEASED: Final = 9103
MOVED: Final = 9104
DO_NOT_CALL: Final = 9105
API: Final = 11

CONTACT_TYPES: Final = Vocabulary(
    Word(1, "phone", "Phone"),
    Word(2, "walk", "Walk"),
    Word(19, "auto_dial", "Auto Dial"),
    Word(37, "sms_text", "SMS Text"),
    Word(9001, "email", "Email"),
    Word(9002, "mail", "Mail"),
    Word(9003, "event", "Event"),
    Word(9004, "door_hanger", "Door Hanger"),
)
INPUT_TYPES: Final = Vocabulary(
    Word(2, "manual", "Manual"),
    Word(4, "bulk", "Bulk"),
    Word(10, "vpb", "VPB"),
    Word(API, "api", "API"),
    Word(14, "mobile", "Mobile"),
    Word(23, "website", "Website"),
)
RESULT_CODES: Final = Vocabulary(
    Word(1, "not_home", "Not Home"),
    Word(CANVASSED, "canvassed", "Canvassed"),
    Word(18, "busy", "Busy"),
    Word(19, "left_message", "Left Message"),
    Word(WRONG_NUMBER, "wrong_number", "Wrong Number"),
    Word(25, "disconnected", "Disconnected"),
    Word(DO_NOT_TEXT, "do_not_text", "Do Not Text"),
    Word(205, "contacted_with_notes", "Contacted With Notes"),
    Word(9101, "refused", "Refused"),
    Word(9102, "texted", "Texted"),
    Word(DECEASED, "deceased", "Deceased"),
    Word(MOVED, "moved", "Moved"),
    Word(DO_NOT_CALL, "do_not_call", "Do Not Call"),
    Word(9106, "inaccessible", "Inaccessible"),
    Word(9107, "language_barrier", "Language Barrier"),
)

SUPPRESSED_BY_RESULT: Final = {
    DO_NOT_CALL: "call",
    DO_NOT_TEXT: "text",
    WRONG_NUMBER: "wrong_number",
    DECEASED: "deceased",
    MOVED: "moved",
}
"""What a result asserts of the voter, beyond the attempt itself."""

OPT_OUTS: Final = ("call", "text", "door")
"""What a voter may opt out of, and later back into."""

assert {word.name for word in CONTACT_TYPES} == set(CONTACT_TYPE_NAMES)
assert {word.name for word in RESULT_CODES} == set(RESULTS)
