"""A variant met with one file's actual header: which column stands where."""

import csv
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from states.layouts.declaration import Place, Variant
from states.layouts.elections import Election, elections_of
from states.layouts.shape import Shape

_REPEATED = re.compile(r" \(\d+\)$")
# Columns that no list of voters should have, under whatever name they come.
_SECRET = re.compile(r"ssn|social.?sec|licen[cs]e|(?:^|_)dl(?:_|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Differences:
    """How a header differs from the declared one; names as the file or layout has them.

    ``moved`` columns are present in another order, which does no harm where
    columns are found by name; nor do ``added`` ones, which are not read.
    ``renamed`` pairs each missing column with the added one that stands exactly in
    its place, where all about them is as declared: what may be meant, for a person
    to judge. They are among ``missing`` and ``added`` as well, and nothing reads them.
    """

    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def sentence(self) -> str:
        """Say the differences in words; empty if there are none."""
        parts = (
            (self.missing, "missing"),
            (self.added, "added"),
            (self.moved, "moved"),
        )
        told = [f"{word}: {', '.join(names)}" for names, word in parts if names]
        return "; ".join(told)


class LayoutMismatch(ValueError):  # noqa: N818  # reads as what happened
    """The file is not in the layout it is read with; ``differences`` say how."""

    def __init__(self, variant: Variant, differences: Differences) -> None:
        self.variant = variant
        self.differences = differences
        super().__init__(
            f"The file does not have the columns of {variant.name}: "
            f"{differences.sentence()}."
        )


@dataclass(frozen=True, slots=True)
class Binding:
    """The shape of one file's lines, and where in them votes stand."""

    shape: Shape
    elections: tuple[Election, ...]
    places: tuple[Place, ...]
    differences: Differences


def header_names(line: str, delimiter: str) -> tuple[str, ...]:
    """Split a header line into its names, without quotes and outer space."""
    fields = next(csv.reader([line], delimiter=delimiter), [])
    return tuple(name.strip().strip("'").strip("\ufeff") for name in fields)


def canonical_names(variant: Variant, names: Sequence[str]) -> tuple[str, ...]:
    """Give each header name as the variant spells it, or as it is if unknown."""
    spelled = {name.casefold(): name for name in variant.columns}
    spelled |= {name.casefold(): to for name, to in variant.aliases.items()}
    known = [spelled.get(name.casefold(), name) for name in names]
    met: Counter[str] = Counter()
    for place, name in enumerate(known):
        met[name] += 1
        repeated = f"{name} ({met[name]})"
        if repeated in variant.columns:
            known[place] = repeated
    return tuple(known)


def plain_name(name: str) -> str:
    """Give a declared column's name as the file has it, where it stands there several times."""
    return _REPEATED.sub("", name)


def compare(variant: Variant, names: Sequence[str]) -> Differences:
    """Compare canonical header names with the declared columns."""
    plain = [name for name in names if name and not variant.names_election(name)]
    shared = [name for name in plain if name in variant.columns]
    expected = [name for name in variant.columns if name in shared]
    blocks = difflib.SequenceMatcher(None, expected, shared, autojunk=False)
    kept = {
        n for a, _, size in blocks.get_matching_blocks() for n in expected[a : a + size]
    }
    return Differences(
        missing=tuple(name for name in variant.columns if name not in shared),
        added=tuple(name for name in plain if name not in variant.columns),
        moved=tuple(name for name in shared if name not in kept),
        renamed=tuple(_renamed(variant.columns, plain)),
    )


def _renamed(
    expected: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Pair names that are declared with those that stand in their place instead."""
    blocks = difflib.SequenceMatcher(None, expected, names, autojunk=False)
    for kind, start, end, at, until in blocks.get_opcodes():
        if kind == "replace" and end - start == until - at:
            pairs = zip(expected[start:end], names[at:until], strict=True)
            yield from (
                (one, other)
                for one, other in pairs
                if one not in names and other not in expected
            )


def header_at(variant: Variant, lines: Sequence[str]) -> int:
    """Give the place of the header among the first lines: after the preamble, if any.

    It is the line that names most of the declared columns; the first if none does.
    """
    if not variant.preamble:
        return 0
    known = [
        len(
            set(canonical_names(variant, header_names(line, variant.delimiter)))
            & set(variant.columns)
        )
        for line in lines[: variant.preamble + 1]
    ]
    return known.index(max(known))


def is_secret(name: str) -> bool:
    """Tell whether a column's name is that of something no list of voters should have."""
    return _SECRET.search(name) is not None


def bind(variant: Variant, header: str | None) -> Binding:
    """Meet a variant with a file's header line, None for a file without one.

    Raises ``LayoutMismatch`` if a column that the layout cannot do without is missing.
    """
    if header is None:
        return _bound(variant, variant.columns, None, Differences())
    names = canonical_names(variant, header_names(header, variant.delimiter))
    differences = compare(variant, names)
    tolerated = variant.optional | variant.never_read
    if set(differences.missing) - tolerated:
        raise LayoutMismatch(variant, differences)
    return _bound(variant, names, header, differences)


def _bound(
    variant: Variant,
    names: tuple[str, ...],
    header: str | None,
    differences: Differences,
) -> Binding:
    declared, entries = variant.elections, variant.entries
    present = set(names)
    places = entries.places_in(names) if entries else ()
    return Binding(
        _shape(variant, names, header),
        elections_of(declared, names) if declared else (),
        tuple(
            place for place in places if present.issuperset(filter(None, place.columns))
        ),
        differences,
    )


def spans(variant: Variant) -> tuple[tuple[int, int], ...]:
    """Give start (from 0) and width of each field of a file of fixed width."""
    starts = accumulate((width + variant.gap for width in variant.widths), initial=0)
    return tuple(zip(starts, variant.widths, strict=False))


def lengths(variant: Variant) -> tuple[int, ...]:
    """Give the lengths that a line of fixed width may have."""
    ends = [start + width + variant.gap for start, width in spans(variant)]
    kept = list(zip(variant.columns, ends, strict=True))
    allowed = ends[-1:]
    while len(kept) > 1 and kept[-1][0] in variant.optional:
        kept.pop()
        allowed.append(kept[-1][1])
    return tuple(allowed)


def _shape(variant: Variant, names: Sequence[str], header: str | None) -> Shape:
    read = set(variant.sources) - variant.never_read
    read |= {name for name in names if variant.names_election(name)}
    if variant.entries:
        read |= {name for place in variant.entries.places for name in place.columns}
    unknown = set(names) - set(variant.columns)
    secret = any(_SECRET.search(name) for name in unknown)
    return Shape(
        delimiter=variant.delimiter,
        quoted=variant.quoted,
        names=tuple(
            name if name in read and names.index(name) == place else None
            for place, name in enumerate(names)
        ),
        header=header,
        withhold=secret or bool(variant.never_read & set(names)),
        trailing=variant.trailing,
        spans=spans(variant),
        lengths=lengths(variant) if variant.widths else (),
    )
