"""The parser's inverse: canonical people written as a state's official file."""

from typing import BinaryIO

import polars as pl

from states.layouts.binding import plain_name
from states.layouts.declaration import CalendarKey, Variant
from states.layouts.parse import HISTORY_COLUMNS, VOTER_COLUMNS
from states.layouts.write_rules import columns
from states.layouts.write_votes import codes_of, election_columns, with_entries

SLICE_ROWS = 1 << 16
CANONICAL = VOTER_COLUMNS | HISTORY_COLUMNS


def file_columns(
    people: pl.DataFrame, variant: Variant, calendar: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Give canonical people (or votes) as the state's columns, all text, in its order.

    A list column ``history`` becomes what the state has for it: a column per
    election, after the others, or entries. ``calendar`` gives their codes.
    ``confidential`` sets the state's flag, if it has one. A column of the state
    that no rule fills is blank, unless ``people`` has one of that very name.
    """
    whole = people.with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in CANONICAL.items()
        if name not in people.columns
    )
    filled = _filled(whole, variant)
    written = whole.select(
        filled.get(name, pl.lit(None)).cast(pl.String).alias(name)
        for name in variant.columns
    )
    if variant.calendar:
        written = _coded(written, whole, variant.calendar, calendar)
    if "history" not in people.columns:
        return written
    if variant.elections:
        wide = election_columns(people["history"], variant.elections)
        return pl.concat([written, wide], how="horizontal")
    if variant.entries:
        return with_entries(written, people["history"], variant.entries, calendar)
    return written


def _coded(
    written: pl.DataFrame,
    votes: pl.DataFrame,
    key: CalendarKey,
    calendar: pl.DataFrame | None,
) -> pl.DataFrame:
    dated = written.with_columns(votes["election_date"])
    return codes_of(dated, key, calendar).select(written.columns)


def _filled(people: pl.DataFrame, variant: Variant) -> dict[str, pl.Expr]:
    # Where two rules read one column, the first declared is the one that writes it.
    filled = {
        expression.meta.output_name(): expression
        for rule in reversed(variant.rules)
        for expression in columns(rule)
    }
    if variant.flag and "confidential" in people.columns:
        marked = pl.when("confidential").then(pl.lit(variant.flag.values[0]))
        filled[variant.flag.column] = marked.otherwise(pl.lit(variant.flag.no))
    own = (set(people.columns) & set(variant.columns)) - set(CANONICAL)
    return filled | {name: pl.col(name) for name in own}


def write_file(
    people: pl.DataFrame,
    variant: Variant,
    stream: BinaryIO,
    *,
    encoding: str = "utf-8",
    calendar: pl.DataFrame | None = None,
) -> None:
    """Write canonical people (or votes) to a stream as the state's file."""
    ready = file_columns(people, variant, calendar)
    write_columns(ready, variant, stream, encoding=encoding)


def write_columns(
    written: pl.DataFrame,
    variant: Variant,
    stream: BinaryIO,
    *,
    encoding: str = "utf-8",
    with_header: bool = True,
) -> None:
    """Write ready columns of text, in slices; a letter the encoding lacks becomes ``?``."""
    header = variant.header and with_header
    if header:
        stream.write(_header(written.columns, variant).encode(encoding))
    for part in written.iter_slices(SLICE_ROWS):
        text = _text(part, variant)
        stream.write(text.encode(encoding, "replace"))


def _header(names: list[str], variant: Variant) -> str:
    declared = set(variant.columns)
    plain = [plain_name(name) if name in declared else name for name in names]
    return _text(pl.DataFrame([plain], orient="row"), variant)


def _text(part: pl.DataFrame, variant: Variant) -> str:
    if variant.widths:
        return _fixed(part, variant)
    return part.write_csv(
        separator=variant.delimiter,
        include_header=False,
        quote_style="always" if variant.quoted else "never",
    )


def _fixed(part: pl.DataFrame, variant: Variant) -> str:
    """Give lines of fixed width; a value that is too long is cut."""
    between = (variant.delimiter or " ") * variant.gap
    padded = [
        pl.col(name).fill_null("").str.head(width).str.pad_end(width) + between
        for name, width in zip(variant.columns, variant.widths, strict=True)
    ]
    lines = part.select(pl.concat_str(padded)).to_series()
    return "".join(line + "\n" for line in lines)
