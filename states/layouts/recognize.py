"""Which layout a file is in, told from its name and first bytes; or why in none."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from states.layouts.binding import (
    Differences,
    canonical_names,
    compare,
    header_at,
    header_names,
    lengths,
    spans,
)
from states.layouts.declaration import Role, Variant
from states.layouts.decode import decode
from states.layouts.known import LAYOUTS
from states.layouts.vendors import vendor_of, vendor_variants

# As much of a file as recognition asks for; less if the file is shorter.
HEAD_BYTES = 1 << 16
_SAMPLE_LINES = 50
_ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"7z\xbc": "7z",
}
Mappings = Mapping[str, Mapping[str, str]]
"""By name of a variant: the file's name of a column → the declared one."""
_NO_MAPPINGS: Mappings = {}


class Problem(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    ARCHIVE = "archive"
    BINARY = "binary"
    VENDOR = "vendor_export"
    OTHER_STATE = "other_state"
    CHANGED_HEADER = "changed_header"
    CHANGED_COUNT = "changed_count"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recognized:
    """The layout a file is in; ``differences`` do not hinder reading it."""

    variant: Variant
    differences: Differences

    @property
    def state(self) -> str:
        """Give the state whose file it is."""
        return self.variant.state

    @property
    def role(self) -> Role:
        """Tell whether it holds voters or history."""
        return self.variant.role


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why the file is in no layout that was looked for, in a sentence.

    ``nearest`` is the layout it resembles most, with the ``differences`` from it.
    """

    problem: Problem
    sentence: str
    nearest: Variant | None = None
    differences: Differences = field(default_factory=Differences)


def recognize(
    file_name: str,
    head: bytes,
    *,
    state: str | None = None,
    mappings: Mappings = _NO_MAPPINGS,
    vendor: str = "",
) -> Recognized | Mismatch:
    """Tell the layout of a file from its name and first ``HEAD_BYTES`` bytes.

    With ``state`` only that state's layouts are accepted. The name decides
    nothing alone: it breaks ties between variants that fit equally. ``mappings``
    are names of columns that somebody has accepted for others. ``vendor`` is the one
    whose files the party states that it may use; any other's are refused.
    """
    if problem := _unreadable(head):
        return problem
    lines = _lines(head)
    if found := _vendor(lines[0]):
        if found == vendor and state:
            return _of_vendor(found, lines, state, mappings)
        return Mismatch(
            Problem.VENDOR,
            f"This is a file of {found}, not one of a state's election authority. Where your license"
            " lets you use it here, say so in the delivery's vendor statement.",
        )
    fits = sorted(
        _fits(lines, mappings),
        key=lambda fit: (bool(state) and fit.state != state, *_rank(fit, file_name)),
    )
    if fits and state in {None, fits[0].state}:
        return fits[0]
    if fits:
        return _of_other_state(fits[0], state or "")
    return (
        _nearest(lines, state, mappings)
        or _of_other_count(lines, file_name, state)
        or Mismatch(Problem.UNKNOWN, "The file is in no layout that is known.")
    )


def _unreadable(head: bytes) -> Mismatch | None:
    if not head.strip():
        return Mismatch(Problem.EMPTY, "The file is empty.")
    for magic, kind in _ARCHIVES.items():
        if head.startswith(magic):
            return Mismatch(
                Problem.ARCHIVE, f"This is a {kind} archive, not the file inside it."
            )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Mismatch(Problem.BINARY, "The file is UTF-16; save it as plain text.")
    strange = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if strange * 100 > len(head):
        return Mismatch(Problem.BINARY, "The file holds binary data, not text.")
    return None


def _lines(head: bytes) -> list[str]:
    """Give the first whole lines; the last is cut unless it is the only one."""
    text = decode(head.removeprefix(codecs.BOM_UTF8))
    lines = text.replace("\r\n", "\n").split("\n")
    whole = lines[:-1] if len(lines) > 1 else lines
    return [line for line in whole if line][:_SAMPLE_LINES] or [text]


def header_line(variant: Variant, head: bytes) -> str:
    """Give the header from a file's first bytes: its first line or the one after a preamble."""
    lines = _lines(head)
    return lines[header_at(variant, lines)]


def _vendor(header: str) -> str | None:
    return vendor_of(
        {name.casefold() for sign in ",\t|" for name in header_names(header, sign)}
    )


def _of_vendor(
    vendor: str, lines: list[str], state: str, mappings: Mappings
) -> Recognized | Mismatch:
    """Recognize a vendor's file for a state whose party states that it may use it."""
    declared = vendor_variants(state).get(vendor)
    if declared is None:
        return Mismatch(Problem.UNKNOWN, f"No layout is known of files of {vendor}.")
    variant = with_mapping(declared, mappings.get(declared.name, {}))
    sign = max(",\t|", key=lines[0].count)
    variant = replace(variant, delimiter=sign)
    told = _compared(variant, lines[0])
    if not set(told.missing) - variant.optional:
        return Recognized(variant, told)
    sentence = f"The header is not that of {variant.name}: {told.sentence()}."
    return Mismatch(Problem.CHANGED_HEADER, sentence, variant, told)


def _variants(mappings: Mappings) -> Iterator[Variant]:
    for layout in LAYOUTS.values():
        for variant in layout.variants:
            yield with_mapping(variant, mappings.get(variant.name, {}))


def with_mapping(variant: Variant, mapping: Mapping[str, str]) -> Variant:
    """Give a layout that knows further names of its columns: the file's name → the declared."""
    if not mapping:
        return variant
    return replace(variant, aliases={**variant.aliases, **mapping})


def _fits(lines: list[str], mappings: Mappings) -> Iterator[Recognized]:
    for variant in _variants(mappings):
        if not variant.header:
            if _looks_like(variant, lines):
                yield Recognized(variant, Differences())
            continue
        differences = _compared(variant, lines[header_at(variant, lines)])
        if not set(differences.missing) - variant.optional - variant.never_read:
            yield Recognized(variant, differences)


def _compared(variant: Variant, header: str) -> Differences:
    names = header_names(header, variant.delimiter)
    return compare(variant, canonical_names(variant, names))


def _looks_like(variant: Variant, lines: list[str]) -> bool:
    """Tell whether at least nine in ten lines have the shape of a headerless file."""
    first = {cell.strip().casefold() for cell in _cells(variant, lines[0])}
    names = {name.casefold() for name in variant.columns}
    if 2 * len(first & names) > len(names):
        return False  # that line is a header
    good = sum(_is_example(variant, _cells(variant, line)) for line in lines)
    return good * 10 >= len(lines) * 9


def _cells(variant: Variant, line: str) -> list[str]:
    if variant.widths:
        fits = len(line) in lengths(variant)
        return [line[at : at + size] for at, size in spans(variant)] if fits else []
    if not variant.quoted:
        cells = line.split(variant.delimiter)
    else:
        cells = next(csv.reader([line], delimiter=variant.delimiter), [])
    extra = cells[len(variant.columns) :]
    is_trailing = len(extra) <= variant.trailing and not any(map(str.strip, extra))
    return cells[: len(variant.columns)] if is_trailing else cells


def _is_example(variant: Variant, cells: list[str]) -> bool:
    if len(cells) != len(variant.columns):
        return False
    named = dict(zip(variant.columns, cells, strict=True))
    return all(
        pattern.fullmatch(named[name].strip())
        for name, pattern in variant.examples.items()
    )


def _rank(fit: Recognized, file_name: str) -> tuple[int, bool]:
    told = fit.differences
    return (
        len(told.missing) + len(told.added) + len(told.moved),
        not fit.variant.file_name.fullmatch(file_name),
    )


def _of_other_state(fit: Recognized, state: str) -> Mismatch:
    return Mismatch(
        Problem.OTHER_STATE,
        f"This is a {fit.role} file of {fit.state}, not of {state}.",
        nearest=fit.variant,
        differences=fit.differences,
    )


def _nearest(
    lines: list[str], state: str | None, mappings: Mappings
) -> Mismatch | None:
    """Report against the layout of which at least half of the columns are present."""
    compared = [
        (variant, _compared(variant, lines[header_at(variant, lines)]))
        for variant in _variants(mappings)
        if variant.header and state in {None, variant.state}
    ]
    if compared:
        variant, told = min(
            compared, key=lambda pair: len(pair[1].missing) / len(pair[0].columns)
        )
        if 2 * len(told.missing) <= len(variant.columns):
            return Mismatch(
                Problem.CHANGED_HEADER,
                f"The header is not that of {variant.name}: {told.sentence()}.",
                nearest=variant,
                differences=told,
            )
    return None


def _of_other_count(
    lines: list[str], file_name: str, state: str | None
) -> Mismatch | None:
    """Report a file named like one without header whose lines are of another shape."""
    named = [
        variant
        for variant in _variants(_NO_MAPPINGS)
        if not variant.header
        and state in {None, variant.state}
        and variant.file_name.fullmatch(file_name)
    ]
    fixed = [variant for variant in named if variant.widths]
    parted = [variant for variant in named if not variant.widths]
    is_even = len(lines) > 1 and len({len(line) for line in lines}) == 1
    told = _told_count(fixed, lines, "characters") if is_even else None
    return told or _told_count(parted, lines, "columns")


def _told_count(
    variants: list[Variant], lines: list[str], unit: str
) -> Mismatch | None:
    counted = [
        (_count(variant, lines), shape, variant)
        for variant in variants
        for shape in _shapes(variant)
    ]
    if not counted or any(found in {1, shape} for found, shape, _ in counted):
        return None  # no columns at all, or as many as there should be
    found, shape, variant = min(counted, key=lambda one: abs(one[0] - one[1]))
    return Mismatch(
        Problem.CHANGED_COUNT,
        f"The file is named like {variant.name}, whose lines have {shape} {unit}; "
        f"these have {found}.",
        nearest=variant,
    )


def _shapes(variant: Variant) -> tuple[int, ...]:
    """Give the numbers of columns, or of characters, that a line may have."""
    return lengths(variant) if variant.widths else (len(variant.columns),)


def _count(variant: Variant, lines: list[str]) -> int:
    """Give the number of columns, or of characters, that most lines have."""
    sizes = (len(line if variant.widths else _cells(variant, line)) for line in lines)
    return Counter(sizes).most_common(1)[0][0]
