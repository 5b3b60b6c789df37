"""From a state's own texts to canonical values: one expression per target.

Every function here takes cleaned columns (``clean``): trimmed, with blanks and
masks null. Nothing is guessed: what cannot be read becomes null, and where the
registry has a raw column the state's own text is kept in it.
"""

import datetime as dt
from collections.abc import Iterator
from functools import singledispatch

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
    Email,
    Flag,
    MailLines,
    Phone,
    Rule,
    Text,
    Zip,
)
from states.layouts.phones import e164

# States write 1900-01-01, 1800-01-01 and the like for "not known".
FIRST_YEAR = 1905
# What stands where a value is withheld: ***, XXXXX, XX-XX-XXXX, ##/##/####.
MASK = r"^(?:\*+|[Xx]{4,}|[X#]{2}[-/][X#]{2}[-/][X#]{4})$"


def clean(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Trim the columns and make blanks and masks null."""
    trimmed = rows.with_columns(pl.col(columns).str.strip_chars())
    return trimmed.with_columns(
        pl.when((pl.col(name) != "") & ~pl.col(name).str.contains(MASK))
        .then(name)
        .alias(name)
        for name in columns
    )


def confidential(columns: tuple[str, ...], flag: Flag | None) -> pl.Expr:
    """Tell which rows the state withholds: by its flag, or by a mask in any column."""
    masked = [pl.col(name).str.strip_chars().str.contains(MASK) for name in columns]
    if flag:
        masked.append(pl.col(flag.column).str.strip_chars().is_in(list(flag.values)))
    return pl.any_horizontal(masked).fill_null(value=False)


@singledispatch
def expressions(rule: Rule) -> Iterator[pl.Expr]:
    """Yield an expression for each target of a rule; days are not yet bounded."""
    raise TypeError(rule)


@expressions.register
def _(rule: Text) -> Iterator[pl.Expr]:
    yield pl.coalesce(rule.columns).alias(rule.target)


@expressions.register
def _(rule: Address) -> Iterator[pl.Expr]:
    single = pl.col(rule.column).str.replace_all(r"\s{2,}", " ")
    yield single.alias(rule.target)


@expressions.register
def _(rule: MailLines) -> Iterator[pl.Expr]:
    lines = pl.concat_list(
        pl.col(name).str.replace_all(r"\s{2,}", " ") for name in rule.columns
    ).list.drop_nulls()
    others = lines.list.slice(1).list.join(", ")
    yield lines.list.first().alias("mail_line1")
    yield pl.when(others != "").then(others).alias("mail_line2")


@expressions.register
def _(rule: Code) -> Iterator[pl.Expr]:
    code = pl.col(rule.column)
    known = code.str.to_uppercase().replace_strict(
        list(rule.table),
        list(rule.table.values()),
        default=rule.otherwise,
        return_dtype=pl.String,
    )
    yield (
        pl.when(code.is_null())
        .then(pl.lit(rule.blank))
        .otherwise(known)
        .alias(rule.target)
    )
    if rule.raw:
        yield code.alias(f"{rule.target}_raw")


@expressions.register
def _(rule: Date) -> Iterator[pl.Expr]:
    yield _day(rule.column, rule.format).alias(rule.target)


@expressions.register
def _(rule: BirthDate) -> Iterator[pl.Expr]:
    day = _day(rule.column, rule.format)
    yield day.alias("birth_date")
    yield day.dt.year().alias("birth_year")


@expressions.register
def _(rule: BirthYear) -> Iterator[pl.Expr]:
    year = pl.col(rule.column).str.strip_suffix(".0").cast(pl.Int32, strict=False)
    yield year.alias("birth_year")


def _day(column: str, pattern: str) -> pl.Expr:
    return pl.col(column).str.head(10).str.to_date(pattern, strict=False)


def bounded(rows: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """Make placeholder days null: those before ``FIRST_YEAR`` and after today."""
    days = [name for name, kind in rows.schema.items() if kind == pl.Date]
    within = {
        name: pl.col(name).is_between(dt.date(FIRST_YEAR, 1, 1), today) for name in days
    }
    if "birth_year" in rows.columns:
        within["birth_year"] = pl.col("birth_year").is_between(FIRST_YEAR, today.year)
    return rows.with_columns(
        pl.when(inside).then(name).alias(name) for name, inside in within.items()
    )


@expressions.register
def _(rule: District) -> Iterator[pl.Expr]:
    number = pl.col(rule.column).str.strip_chars_start("0").str.to_uppercase()
    yield pl.when(number != "").then(number).alias(rule.target)


@expressions.register
def _(rule: Zip) -> Iterator[pl.Expr]:
    digits = (
        pl.col(rule.column).str.strip_suffix(".0").str.replace(r"^(\d{5})[- ]", "$1")
    )
    length = digits.str.len_chars()
    # A spreadsheet on the way has eaten the leading zeros.
    padded = (
        pl.when(length <= 5).then(digits.str.zfill(5)).otherwise(digits.str.zfill(9))
    )
    full = pl.when(
        digits.str.contains(r"^\d+$")
        & length.is_in([3, 4, 5, 8, 9])
        & (padded.str.head(5) != "00000")
    ).then(padded)
    yield full.str.head(5).alias(rule.zip5)
    if rule.zip4:
        plus4 = pl.col(rule.plus4) if rule.plus4 else full.str.slice(5)
        known = plus4.str.contains(r"^\d{4}$") & (plus4 != "0000")
        yield pl.when(known).then(plus4).alias(rule.zip4)


@expressions.register
def _(rule: Phone) -> Iterator[pl.Expr]:
    yield e164(pl.concat_str(rule.columns)).alias("phone")


@expressions.register
def _(rule: Email) -> Iterator[pl.Expr]:
    address = pl.col(rule.column).str.to_lowercase()
    yield (
        pl.when(address.str.contains(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"))
        .then(address)
        .alias("email")
    )


@expressions.register
def _(rule: County) -> Iterator[pl.Expr]:
    codes = {code.lstrip("0"): fips for code, fips in rule.codes.items()}
    code = pl.col(rule.column).str.strip_suffix(".0").str.to_uppercase()
    yield (
        code.str.strip_chars_start("0")
        .replace_strict(
            list(codes), list(codes.values()), default=None, return_dtype=pl.Int32
        )
        .alias("county")
    )


@expressions.register
def _(rule: Constant) -> Iterator[pl.Expr]:
    yield pl.lit(rule.value).alias(rule.target)


@expressions.register
def _(rule: ByPattern) -> Iterator[pl.Expr]:
    text = pl.col(rule.column).str.to_uppercase()
    found = pl.lit(rule.otherwise)
    for pattern, code in reversed(rule.patterns):
        found = pl.when(text.str.contains(pattern)).then(pl.lit(code)).otherwise(found)
    yield found.alias(rule.target)
