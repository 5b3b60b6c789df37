"""All of a layout's rules over a table of cleaned columns, each different code read once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from states.layouts.addresses import standard
from states.layouts.normalize import bounded, expressions
from states.layouts.rules import (
    ByPattern,
    ByPrefix,
    County,
    District,
    Match,
    NamedElection,
    Rule,
    Zip,
    columns_of,
)

_CODED = (ByPattern, ByPrefix, County, District, Match, NamedElection, Zip)
_SMALL_SHARE = 4
_PLACE = "__place"


def normalized(
    cleaned: pl.DataFrame, rules: Iterable[Rule], today: dt.date
) -> pl.DataFrame:
    """Give every target of the rules, days bounded by ``FIRST_YEAR`` and ``today``.

    Where a column has few different texts, as codes have, each is read once.
    """
    plain: list[pl.Expr] = []
    read: list[pl.Series] = []
    for rule in rules:
        if isinstance(rule, Zip) and rule.plus4:
            plain += list(expressions(rule))[1:]
            rule = replace(rule, zip4=None, plus4=None)  # noqa: PLW2901  # the rest of it
        found = _read_once(cleaned, rule) if isinstance(rule, _CODED) else None
        if found is None:
            plain += expressions(rule)
        else:
            read += found
    return with_standard_address(bounded(cleaned.select(*plain, *read), today))


def with_standard_address(values: pl.DataFrame) -> pl.DataFrame:
    """Put street lines into the Postal Service's form, the state's own kept beside where it differs."""
    if "res_address" not in values.columns:
        return values
    filed = values["res_address"]
    made = standard(filed)
    changed = (made != filed).fill_null(value=False)
    return values.with_columns(
        made.alias("res_address"),
        pl.select(pl.when(changed).then(filed)).to_series().alias("res_address_raw"),
    )


def _read_once(cleaned: pl.DataFrame, rule: Rule) -> list[pl.Series] | None:
    """Read each different text of the rule's one column; None if there are many."""
    columns = tuple(columns_of(rule))
    if len(columns) != 1:
        return None
    texts = cleaned[columns[0]]
    different = texts.unique()
    if len(different) * _SMALL_SHARE > len(texts):
        return None
    values = different.to_frame().select(expressions(rule))
    asked = texts.to_frame().join(
        different.to_frame().with_row_index(_PLACE),
        on=columns[0],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return [value.gather(asked[_PLACE]) for value in values]
