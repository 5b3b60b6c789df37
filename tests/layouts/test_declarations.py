"""The declarations agree with the registry, the published layouts and the counties."""

import csv
from pathlib import Path

import polars as pl
import pytest

from states.layouts import fl, nc, oh
from states.layouts.declaration import Layout, Role, Variant, columns_of
from states.layouts.known import LAYOUTS
from states.layouts.normalize import expressions
from states.layouts.parse import HISTORY_COLUMNS, VOTER_COLUMNS

VARIANTS = [variant for layout in LAYOUTS.values() for variant in layout.variants]
COUNTIES = (
    Path(__file__).parents[2] / "coop" / "jurisdictions" / "data" / "counties.csv"
)


def test_every_two_letter_module_is_a_state() -> None:
    assert set(LAYOUTS) == {"OH", "NC", "FL"}


@pytest.mark.parametrize(
    ("variant", "columns"),
    [
        (oh.VOTERS, 46),
        (nc.VOTERS_2012, 71),
        (nc.VOTERS_2022, 67),
        (nc.VOTERS_2026, 70),
        (nc.HISTORY, 15),
        (fl.VOTERS, 38),
        (fl.HISTORY, 5),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_columns_are_as_many_as_the_state_publishes(
    variant: Variant, columns: int
) -> None:
    assert len(variant.columns) == len(set(variant.columns)) == columns


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_rules_read_declared_columns_and_fill_canonical_ones(variant: Variant) -> None:
    read = {column for rule in variant.rules for column in columns_of(rule)}
    assert read <= set(variant.columns) - variant.never_read
    assert variant.key in read
    targets = [
        expression.meta.output_name()
        for rule in variant.rules
        for expression in expressions(rule)
    ]
    known = VOTER_COLUMNS if variant.role is Role.VOTERS else HISTORY_COLUMNS
    assert set(targets) <= set(known)
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.state)
def test_county_codes_lead_to_exactly_the_counties_of_the_state(layout: Layout) -> None:
    with COUNTIES.open() as stream:
        fips = {
            int(county["fips"])
            for county in csv.DictReader(stream)
            if county["state"] == layout.state
        }
    assert set(layout.county_codes.values()) == fips


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (oh.COUNTIES["25"], "Franklin"),
        (oh.COUNTIES["88"], "Wyandot"),
        (nc.COUNTIES["56"], "Macon"),
        (nc.COUNTIES["59"], "McDowell"),
        (nc.COUNTIES["92"], "Wake"),
        (nc.COUNTIES["0"], "Yancey"),
        (fl.COUNTIES["DAD"], "Miami-Dade"),
        (fl.COUNTIES["DES"], "DeSoto"),
        (fl.COUNTIES["STL"], "St. Lucie"),
    ],
)
def test_known_counties_have_their_names(code: int, name: str) -> None:
    counties = pl.read_csv(COUNTIES)
    assert counties.filter(pl.col("fips") == code)["name"].to_list() == [name]
