"""What recognition found, column by column, for a person to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from states.layouts.binding import canonical_names, header_names
from states.layouts.declaration import Variant
from states.layouts.recognize import Mismatch, Recognized, header_line, recognize
from states.layouts.rules import Rule, columns_of


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its place from 1 (None if the file lacks it) and what is done with it.

    ``known_as`` is the layout's name for it, None where the layout has no such column.
    """

    place: int | None
    name: str
    known_as: str | None
    use: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a file is, or why it is nothing that is known; the columns against ``variant``."""

    sentence: str
    variant: Variant | None
    columns: tuple[Column, ...]
    recognized: bool = True


def explain(file_name: str, head: bytes, *, state: str | None = None) -> Explanation:
    """Recognize a file by name and first bytes (``HEAD_BYTES``), and explain each column."""
    met = recognize(file_name, head, state=state)
    if isinstance(met, Mismatch):
        columns = _columns(met.nearest, head) if met.nearest else ()
        return Explanation(met.sentence, met.nearest, columns, recognized=False)
    return Explanation(_sentence(met), met.variant, _columns(met.variant, head))


def _sentence(met: Recognized) -> str:
    told = met.differences.sentence()
    plain = f"A {met.role} file of {met.state}, in the layout {met.variant.name}"
    return f"{plain} ({told})." if told else f"{plain}."


def _columns(variant: Variant, head: bytes) -> tuple[Column, ...]:
    if not variant.header:
        return tuple(_positional(variant))
    names = header_names(header_line(variant, head), variant.delimiter)
    known = canonical_names(variant, names)
    return (*_present(variant, names, known), *_absent(variant, known))


def _positional(variant: Variant) -> Iterator[Column]:
    for place, name in enumerate(variant.columns, 1):
        yield Column(place, name, name, use_of(variant, name))


def _present(
    variant: Variant, names: Sequence[str], known: Sequence[str]
) -> Iterator[Column]:
    for place, (name, meant) in enumerate(zip(names, known, strict=True), 1):
        if meant in known[: place - 1]:
            yield Column(place, name, meant, "repeated: the first of the name is read")
        elif meant in variant.columns:
            yield Column(place, name, meant, use_of(variant, meant))
        elif variant.names_election(meant):
            yield Column(place, name, meant, "votes in an election")
        else:
            yield Column(place, name, None, "not known, not read")


def _absent(variant: Variant, known: Sequence[str]) -> Iterator[Column]:
    for name in variant.columns:
        if name not in known:
            dispensable = variant.optional | variant.never_read
            told = "missing, may be" if name in dispensable else "missing, and needed"
            yield Column(None, name, name, told)


def use_of(variant: Variant, name: str) -> str:
    """Tell in words what a column of a layout is read for."""
    if name in variant.never_read:
        return "never read: dropped before anything is kept"
    targets = [_target(rule) for rule in variant.rules if name in columns_of(rule)]
    if variant.flag and variant.flag.column == name:
        targets.append("confidential")
    if variant.vote_codes and variant.vote_codes.column == name:
        targets.append("whether it is a vote")
    if variant.calendar and name in {variant.calendar.code, variant.calendar.scope}:
        targets.append("the election in the calendar")
    if variant.entries and any(name in one.columns for one in variant.entries.places):
        targets.append("votes")
    return ", ".join(dict.fromkeys(targets)) or "known, not read"


def _target(rule: Rule) -> str:
    """Name what a rule fills: its target, or what its kind says."""
    named = getattr(rule, "target", None) or getattr(rule, "zip5", None)
    return str(named or _KINDS[type(rule).__name__])


_KINDS = {
    "MailLines": "mail_line1, mail_line2",
    "BirthDate": "birth_date, birth_year",
    "BirthYear": "birth_year",
    "Phone": "phone",
    "Email": "email",
    "County": "county",
    "TypeByDay": "election_type",
    "NamedElection": "election_type, election_date",
    "FromCalendar": "the election in the calendar",
}
