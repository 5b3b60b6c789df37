"""From a state's own texts to canonical values: one expression per target.

Every function here takes cleaned columns (``clean``): trimmed, with blanks and
masks null. Nothing is guessed: what cannot be read becomes null, and where the
registry has a raw column the state's own text is kept in it.
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import singledispatch

import polars as pl

from states.layouts.calendar import DAY, NAME, november_general
from states.layouts.declaration import Flag
from states.layouts.phones import e164
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
    Formats,
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

# States write 1900-01-01, 1800-01-01 and the like for "not known".
FIRST_YEAR = 1905
# What stands where a value is withheld: ***, XXXXX, XX-XX-XXXX, ##/##/####.
MASK = r"^(?:\*+|[Xx]{4,}|[X#]{2}[-/][X#]{2}[-/][X#]{4})$"

EARLY = "__early"
_MARK = "__masked_"


def clean(
    rows: pl.DataFrame,
    columns: tuple[str, ...],
    masks: tuple[str, ...] = (),
    placeholders: tuple[str, ...] = (),
) -> tuple[pl.DataFrame, pl.Series]:
    """Trim the columns, make blanks and masks null, and tell which rows have a mask."""
    trimmed = rows.with_columns(pl.col(columns).str.strip_chars())
    masked = trimmed.select(pl.col(columns).str.contains(_any_of(MASK, masks)))
    marks = [f"{_MARK}{name}" for name in columns]
    marked = trimmed.hstack(masked.rename(dict(zip(columns, marks, strict=True))))
    cleaned = marked.with_columns(
        pl.when(~pl.col(mark) & ~_blank(pl.col(name), placeholders))
        .then(name)
        .alias(name)
        for name, mark in zip(columns, marks, strict=True)
    )
    hidden = masked.select(pl.any_horizontal(pl.all())).to_series()
    return cleaned.drop(marks), hidden.fill_null(value=False)


def _blank(text: pl.Expr, placeholders: tuple[str, ...]) -> pl.Expr:
    if not placeholders:
        return text == ""
    return text.str.contains(_any_of("^$", placeholders))


def _any_of(pattern: str, texts: tuple[str, ...]) -> str:
    return "|".join([pattern, *(f"^(?i:{re.escape(text)})$" for text in texts)])


def flagged(flag: Flag) -> pl.Expr:
    """Tell which rows the state marks confidential by its flag."""
    marked = pl.col(flag.column).str.strip_chars().is_in(list(flag.values))
    return marked.fill_null(value=False)


@singledispatch
def expressions(rule: Rule) -> Iterator[pl.Expr]:
    """Yield an expression for each target of a rule; days are not yet bounded."""
    raise TypeError(rule)


@expressions.register
def _(rule: Text) -> Iterator[pl.Expr]:
    yield pl.coalesce(rule.columns).alias(rule.target)


@expressions.register
def _(rule: Identifier) -> Iterator[pl.Expr]:
    parts = [pl.col(name).str.strip_suffix(".0") for name in rule.columns]
    if rule.digits:
        parts[-1] = parts[-1].str.zfill(rule.digits)
    yield pl.concat_str(parts, separator="-").alias(rule.target)


@expressions.register
def _(rule: Match) -> Iterator[pl.Expr]:
    found = pl.col(rule.column).str.extract(rule.pattern)
    if rule.otherwise_whole:
        found = pl.coalesce(found, rule.column)
    yield found.alias(rule.target)


@expressions.register
def _(rule: Street) -> Iterator[pl.Expr]:
    whole = pl.concat_str(rule.columns, separator=" ", ignore_nulls=True)
    single = whole.str.replace_all(r"\s{2,}", " ")
    yield pl.when(single != "").then(single).alias(rule.target)


@expressions.register
def _(rule: Address) -> Iterator[pl.Expr]:
    single = pl.col(rule.column).str.replace_all(r"\s{2,}", " ")
    yield single.alias(rule.target)


@expressions.register
def _(rule: MailLines) -> Iterator[pl.Expr]:
    lines = [pl.col(name).str.replace_all(r"\s{2,}", " ") for name in rule.columns]
    first = pl.coalesce(lines)
    whole = pl.concat_str(lines, separator=", ", ignore_nulls=True)
    others = whole.str.slice(first.str.len_chars() + len(", "))
    yield first.alias("mail_line1")
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


def _day(column: str, declared: Formats) -> pl.Expr:
    text = pl.col(column).str.head(10)
    return pl.coalesce(
        text.str.to_date(pattern, strict=False) for pattern in formats(declared)
    )


def bounded(rows: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """Make placeholder days null: those before ``FIRST_YEAR`` and after today.

    The column ``EARLY`` tells the rows of which another day would make something else.
    """
    days = [name for name, kind in rows.schema.items() if kind == pl.Date]
    within = {
        name: pl.col(name).is_between(dt.date(FIRST_YEAR, 1, 1), today) for name in days
    }
    early = [pl.lit(value=False), *(pl.col(name) > today for name in days)]
    if "birth_year" in rows.columns:
        within["birth_year"] = pl.col("birth_year").is_between(FIRST_YEAR, today.year)
        early.append(pl.col("birth_year") > today.year)
    return rows.with_columns(
        *(pl.when(inside).then(name).alias(name) for name, inside in within.items()),
        pl.any_horizontal(one.fill_null(value=False) for one in early).alias(EARLY),
    )


@expressions.register
def _(rule: District) -> Iterator[pl.Expr]:
    text = pl.col(rule.column).str.to_uppercase()
    number = text.str.extract(r"^\D*?0*([1-9]\d*[A-Z]?)$")
    # Words without a number stay (AL), zeros alone are none.
    yield pl.coalesce(
        number, pl.when(~text.str.contains(r"^[0\s]+$")).then(text)
    ).alias(rule.target)


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
    codes = {plain_county(code): fips for code, fips in rule.codes.items()}
    text = pl.col(rule.column).str.strip_suffix(".0").str.to_uppercase()
    plain = (
        text.str.replace_all(r"[^A-Z0-9]", "")
        .str.strip_suffix("COUNTY")
        .str.strip_suffix("PARISH")
        .str.replace("^SAINT", "ST")
    )
    yield (
        plain.str.strip_chars_start("0")
        .replace_strict(
            list(codes), list(codes.values()), default=None, return_dtype=pl.Int32
        )
        .alias("county")
    )


def plain_county(code: str) -> str:
    """Give a county's code or name without zeros, spaces, points and case."""
    plain = (
        re.sub("[^A-Z0-9]", "", code.upper())
        .removesuffix("COUNTY")
        .removesuffix("PARISH")
    )
    return re.sub("^SAINT", "ST", plain).lstrip("0")


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


@expressions.register
def _(rule: ByPrefix) -> Iterator[pl.Expr]:
    pattern = rf"^(?i:{re.escape(rule.prefix)})[ -]?0*([1-9]\d*)$"
    found = pl.coalesce(pl.col(name).str.extract(pattern) for name in rule.columns)
    yield found.alias(rule.target)


@expressions.register
def _(rule: Flags) -> Iterator[pl.Expr]:
    found = pl.lit(rule.otherwise)
    for column, code in reversed(rule.flags):
        yes = pl.col(column).str.to_uppercase() == rule.yes
        found = pl.when(yes).then(pl.lit(code)).otherwise(found)
    yield found.alias(rule.target)


@expressions.register
def _(rule: TypeByDay) -> Iterator[pl.Expr]:
    known = _type_by_day(_day(rule.column, rule.format), pl.lit("other"))
    yield known.alias("election_type")


def _type_by_day(day: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    # The Tuesday after a Monday on the first to the seventh.
    general = (
        (day.dt.month() == 11) & (day.dt.weekday() == 2) & day.dt.day().is_between(2, 8)
    )
    return pl.when(general).then(pl.lit("general")).otherwise(otherwise)


@expressions.register
def _(rule: NamedElection) -> Iterator[pl.Expr]:
    told = pl.Struct({"election_type": pl.String, "election_date": pl.Date})
    read = pl.col(rule.column).map_batches(
        lambda names: pl.Series([_election(name, rule) for name in names], dtype=told),
        told,
    )
    yield read.struct.field("election_type")
    yield read.struct.field("election_date")


def _election(name: str | None, rule: NamedElection) -> dict[str, object]:
    found = (pattern.fullmatch((name or "").upper()) for pattern in rule.patterns)
    told = next((match.groupdict() for match in found if match), None)
    if told is None:
        return {"election_type": rule.otherwise, "election_date": None}
    kind = rule.types.get(told.get("type") or "", rule.otherwise)
    return {"election_type": kind, "election_date": _day_told(told, kind, rule)}


def _day_told(
    told: dict[str, str | None], kind: str, rule: NamedElection
) -> dt.date | None:
    if date := told.get("date"):
        try:
            whole = dt.datetime.strptime(date, rule.date_format).replace(tzinfo=dt.UTC)
        except ValueError:
            return None
        return whole.date()
    year = int(told.get("year") or 0)
    # Two digits: no state's file reaches back before 1940.
    year += 0 if year > 99 else 1900 if year >= 40 else 2000
    general = november_general(year) if kind == "general" else None
    return rule.days.get((kind, year), general)


@expressions.register
def _(rule: FromCalendar) -> Iterator[pl.Expr]:
    yield pl.col(DAY).alias("election_date")
    yield pl.col(NAME).alias("election_name")
    by_name = ByPattern("election_type", NAME, rule.patterns, rule.otherwise)
    (kind,) = expressions(by_name)
    if rule.by_day:
        untold = kind.fill_null(rule.otherwise) == rule.otherwise
        kind = pl.when(untold).then(_type_by_day(pl.col(DAY), kind)).otherwise(kind)
    yield kind.alias("election_type")
