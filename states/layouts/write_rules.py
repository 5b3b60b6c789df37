"""Rules read backward: the columns of a state's file from canonical values."""

import datetime as dt
from collections.abc import Iterator
from functools import singledispatch

import polars as pl

from states.layouts.rules import (
    Address,
    BirthDate,
    BirthYear,
    ByPattern,
    ByPrefix,
    Code,
    Constant,
    County,
    Date,
    District,
    Email,
    Flags,
    FromCalendar,
    Identifier,
    MailLines,
    Match,
    NamedElection,
    Phone,
    Rule,
    Street,
    Text,
    TypeByDay,
    Zip,
    formats,
)

_NUMBERED = r"^(\d{1,6}) (.+)$"


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
def _(rule: Identifier) -> Iterator[pl.Expr]:
    parts = pl.col(rule.target).str.splitn("-", len(rule.columns)).struct
    for place, name in enumerate(rule.columns):
        yield parts.field(f"field_{place}").alias(name)


@columns.register
def _(rule: Match) -> Iterator[pl.Expr]:
    # Another rule writes the whole of which this is a part, if there is one.
    yield pl.col(rule.target).alias(rule.column)


@columns.register
def _(rule: Street) -> Iterator[pl.Expr]:
    line = pl.col(rule.target)
    if rule.number == rule.name:
        yield line.alias(rule.name)
        return
    numbered = line.str.contains(_NUMBERED)
    yield pl.when(numbered).then(line.str.extract(_NUMBERED, 1)).alias(rule.number)
    name = pl.when(numbered).then(line.str.extract(_NUMBERED, 2)).otherwise(line)
    yield name.alias(rule.name)


@columns.register
def _(rule: MailLines) -> Iterator[pl.Expr]:
    yield pl.col("mail_line1").alias(rule.columns[0])
    if len(rule.columns) > 1:
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
    yield pl.col(rule.target).dt.strftime(formats(rule.format)[0]).alias(rule.column)


@columns.register
def _(rule: BirthDate) -> Iterator[pl.Expr]:
    yield pl.col("birth_date").dt.strftime(formats(rule.format)[0]).alias(rule.column)


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
    starts = (0, 3, 6)[: len(rule.columns)]
    for start, end, name in zip(starts, (*starts[1:], None), rule.columns, strict=True):
        part = number.str.slice(start, end - start if end else None)
        yield part.alias(name)


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


@columns.register
def _(rule: ByPattern) -> Iterator[pl.Expr]:
    if rule.names:
        code = pl.col(rule.target)
        names = dict(rule.names)
        yield code.replace_strict(names, default=None, return_dtype=pl.String).alias(
            rule.column
        )


@columns.register
def _(rule: ByPrefix) -> Iterator[pl.Expr]:
    # Which of the places it is does not matter; rules of the same places differ in it.
    place = sum(map(ord, rule.prefix)) % len(rule.columns)
    code = pl.lit(rule.prefix) + pl.col(rule.target)
    yield code.alias(rule.columns[place])


@columns.register
def _(rule: Flags) -> Iterator[pl.Expr]:
    for name, code in rule.flags:
        yes = pl.when(pl.col(rule.target) == code).then(pl.lit(rule.yes))
        yield yes.otherwise(pl.lit("N")).alias(name)


@columns.register
def _(rule: NamedElection) -> Iterator[pl.Expr]:
    fields = ("election_type", "election_date")
    named = pl.struct(fields).map_elements(
        lambda vote: _named(vote["election_type"], vote["election_date"], rule),
        pl.String,
    )
    yield named.alias(rule.column)


def _named(kind: str, day: dt.date, rule: NamedElection) -> str:
    return rule.names[kind].format(
        year=day.year,
        short=f"{day.year % 100:02d}",
        date=day.strftime(rule.date_format),
    )


@columns.register(Constant)
@columns.register(TypeByDay)
@columns.register(FromCalendar)
def _(_rule: Rule) -> Iterator[pl.Expr]:
    # What these give stands in no column of its own, or is written by another rule.
    yield from ()
