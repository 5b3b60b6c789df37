"""Telephones to E.164: the usual ones by expression, the others by phonenumbers."""

import phonenumbers
import polars as pl

_USUAL = r"^\+?1?[2-9]\d{2}[2-9]\d{6}$"
_PUNCTUATION = r"[\s().\-]"


def e164(text: pl.Expr) -> pl.Expr:
    """Give a column of telephones in E.164, null where one is not possible."""
    bare = text.str.replace_all(_PUNCTUATION, "")
    usual = bare.str.contains(_USUAL)
    return (
        pl.when(usual)
        .then(pl.lit("+1") + bare.str.slice(-10))
        .otherwise(pl.when(~usual).then(text).map_batches(_unusual, pl.String))
    )


def _unusual(numbers: pl.Series) -> pl.Series:
    distinct = numbers.drop_nulls().unique()
    if distinct.is_empty():
        return pl.Series([None] * len(numbers), dtype=pl.String)
    read = [_read(number) for number in distinct]
    return numbers.replace_strict(distinct, pl.Series(read, dtype=pl.String))


def _read(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return None
    # A number without its area code is possible, but only from next door.
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if parsed.country_code == 1 and str(parsed.national_number)[0] in "01":
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
