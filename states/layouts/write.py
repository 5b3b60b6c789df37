"""The parser's inverse: canonical people written as a state's official file."""

from collections.abc import Iterator
from functools import singledispatch
from typing import BinaryIO

import polars as pl

from states.layouts.declaration import (
    Address,
    BirthDate,
    BirthYear,
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    District,
    ElectionColumns,
    Email,
    MailLines,
    Phone,
    Rule,
    Text,
    Variant,
    Zip,
)
from states.layouts.parse import HISTORY_COLUMNS, VOTER_COLUMNS

SLICE_ROWS = 1 << 16
CANONICAL = VOTER_COLUMNS | HISTORY_COLUMNS


@singledispatch
def columns(rule: Rule) -> Iterator[pl.Expr]:
    """Yield an expression for each of the file's columns that a rule reads."""
    raise TypeError(rule)


@columns.register
def _(rule: Text) -> Iterator[pl.Expr]:
    yield pl.col(rule.target).alias(rule.columns[0])


@columns.register
def _(rule: Address) -> Iterator[pl.Expr]:
    yield pl.col(rule.target).alias(rule.column)


@columns.register
def _(rule: MailLines) -> Iterator[pl.Expr]:
    yield pl.col("mail_line1").alias(rule.columns[0])
    yield pl.col("mail_line2").alias(rule.columns[1])


@columns.register
def _(rule: Code) -> Iterator[pl.Expr]:
    codes: dict[str, str] = {}
    for code, canonical in rule.table.items():
        codes.setdefault(canonical, code)
    if rule.blank:
        codes[rule.blank] = ""
    own = pl.col(rule.target).replace_strict(
        list(codes), list(codes.values()), default=None, return_dtype=pl.String
    )
    kept = pl.coalesce(f"{rule.target}_raw", own) if rule.raw else own
    yield kept.alias(rule.column)


@columns.register
def _(rule: Date) -> Iterator[pl.Expr]:
    yield pl.col(rule.target).dt.strftime(rule.format).alias(rule.column)


@columns.register
def _(rule: BirthDate) -> Iterator[pl.Expr]:
    yield pl.col("birth_date").dt.strftime(rule.format).alias(rule.column)


@columns.register
def _(rule: BirthYear) -> Iterator[pl.Expr]:
    yield pl.col("birth_year").cast(pl.String).alias(rule.column)


@columns.register
def _(rule: District) -> Iterator[pl.Expr]:
    yield pl.col(rule.target).str.zfill(2).alias(rule.column)


@columns.register
def _(rule: Zip) -> Iterator[pl.Expr]:
    if rule.zip4 and not rule.plus4:
        both = pl.concat_str(rule.zip5, pl.col(rule.zip4).fill_null(""))
        yield both.alias(rule.column)
        return
    yield pl.col(rule.zip5).alias(rule.column)
    if rule.zip4 and rule.plus4:
        yield pl.col(rule.zip4).alias(rule.plus4)


@columns.register
def _(rule: Phone) -> Iterator[pl.Expr]:
    number = pl.col("phone").str.strip_prefix("+1")
    if len(rule.columns) == 1:
        yield number.alias(rule.columns[0])
        return
    yield number.str.head(3).alias(rule.columns[0])
    yield number.str.slice(3).alias(rule.columns[1])


@columns.register
def _(rule: Email) -> Iterator[pl.Expr]:
    yield pl.col("email").alias(rule.column)


@columns.register
def _(rule: County) -> Iterator[pl.Expr]:
    codes: dict[int, str] = {}
    for code, fips in rule.codes.items():
        codes.setdefault(fips, code)
    number = pl.col("county").replace_strict(
        list(codes), list(codes.values()), default=None, return_dtype=pl.String
    )
    yield number.alias(rule.column)


@columns.register(Constant)
@columns.register(ByPattern)
def _(_rule: Constant | ByPattern) -> Iterator[pl.Expr]:
    # What these give stands in no column of its own.
    yield from ()


def file_columns(people: pl.DataFrame, variant: Variant) -> pl.DataFrame:
    """Give canonical people (or votes) as the state's columns, all text, in its order.

    A list column ``history`` becomes a column per election, after the others.
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
    if variant.elections is None or "history" not in people.columns:
        return written
    return pl.concat(
        [written, _election_columns(people["history"], variant.elections)],
        how="horizontal",
    )


def _filled(people: pl.DataFrame, variant: Variant) -> dict[str, pl.Expr]:
    # Where two rules read one column, the first declared is the one that writes it.
    filled = {
        expression.meta.output_name(): expression
        for rule in reversed(variant.rules)
        for expression in columns(rule)
    }
    if variant.flag and "confidential" in people.columns:
        marked = pl.when("confidential").then(pl.lit(variant.flag.values[0]))
        filled[variant.flag.column] = marked.otherwise(pl.lit("N"))
    own = (set(people.columns) & set(variant.columns)) - set(CANONICAL)
    return filled | {name: pl.col(name) for name in own}


def _election_columns(votes: pl.Series, declared: ElectionColumns) -> pl.DataFrame:
    types = {canonical: name for name, canonical in declared.types.items()}
    letters: dict[str, str] = {}
    for letter, party in declared.votes.items():
        letters.setdefault(party or "", letter)
    cast = (
        votes.to_frame("history")
        .with_row_index("row")
        .explode("history", empty_as_null=False)
        .unnest("history")
        .select(
            "row",
            day="election_date",
            column=pl.col("election_type").replace_strict(types)
            + "-"
            + pl.col("election_date").dt.strftime(declared.date_format),
            letter=pl.col("party").fill_null("").replace_strict(letters),
        )
    )
    order = cast.sort("day", "column")["column"].unique(maintain_order=True).to_list()
    rows = pl.DataFrame({"row": pl.int_range(len(votes), dtype=pl.UInt32, eager=True)})
    wide = cast.pivot(
        "column", index="row", values="letter", aggregate_function="first"
    )
    return rows.join(wide, on="row", how="left", maintain_order="left").select(order)


def write_file(
    people: pl.DataFrame,
    variant: Variant,
    stream: BinaryIO,
    *,
    encoding: str = "utf-8",
) -> None:
    """Write canonical people (or votes) to a stream as the state's file."""
    write_columns(file_columns(people, variant), variant, stream, encoding=encoding)


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
        stream.write(_text(written.head(0), variant, header=True).encode(encoding))
    for part in written.iter_slices(SLICE_ROWS):
        text = _text(part, variant, header=False)
        stream.write(text.encode(encoding, "replace"))


def _text(part: pl.DataFrame, variant: Variant, *, header: bool) -> str:
    return part.write_csv(
        separator=variant.delimiter,
        include_header=header,
        quote_style="always" if variant.quoted else "never",
    )
