"""The declarations agree with the registry, the published layouts and the counties."""

import csv
from pathlib import Path

import polars as pl
import pytest

from states.layouts import ct, fl, ga, mn, nc, ny, oh, tx, wa
from states.layouts.calendar import CALENDAR_COLUMNS
from states.layouts.declaration import Layout, Role, Variant
from states.layouts.known import LAYOUTS
from states.layouts.normalize import expressions
from states.layouts.parse import HISTORY_COLUMNS, VOTER_COLUMNS
from states.layouts.rules import columns_of

VARIANTS = [variant for layout in LAYOUTS.values() for variant in layout.variants]
COUNTIES = (
    Path(__file__).parents[2] / "coop" / "jurisdictions" / "data" / "counties.csv"
)


def test_every_two_letter_module_is_a_state() -> None:
    assert set(LAYOUTS) == {
        "AK",
        "AL",
        "AR",
        "AZ",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "IA",
        "ID",
        "KS",
        "LA",
        "ME",
        "MI",
        "MN",
        "MO",
        "MT",
        "NC",
        "NE",
        "NH",
        "NJ",
        "NM",
        "NV",
        "NY",
        "OH",
        "OR",
        "PA",
        "SC",
        "SD",
        "TX",
        "UT",
        "VA",
        "WA",
        "WY",
    }


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


# Ward and precinct of Michigan's fixed file are one column there, and two here.
WIDTHS = {
    "AK": [38],
    "AR": [64, 64],
    "AZ": [41, 41],
    "CA": [56, 8, 3],
    "CO": [51, 155, 7],
    "CT": [103, 103],
    "GA": [53, 63, 63, 9, 8],
    "KS": [70, 72],
    "ME": [48, 7],
    "MI": [49, 39, 9, 6, 3],
    "MN": [38, 4],
    "MO": [52],
    "NE": [97, 97, 2],
    "NH": [31, 8],
    "NJ": [28, 28, 26, 7],
    "NM": [41],
    "NV": [24, 4],
    "NY": [47, 49, 45],
    "OR": [41],
    "PA": [154, 153, 4, 4, 4],
    "SC": [40, 40, 40],
    "SD": [39, 4],
    "TX": [32, 32, 28, 28, 15, 32, 32],
    "VA": [44, 46, 10],
    "WA": [33, 33, 37, 37, 5, 5, 4],
    "WY": [20, 5, 5],
}


@pytest.mark.parametrize(("state", "widths"), WIDTHS.items())
def test_each_variant_has_as_many_columns_as_published(
    state: str, widths: list[int]
) -> None:
    variants = LAYOUTS[state].variants
    assert [len(variant.columns) for variant in variants] == widths
    assert [len(set(variant.columns)) for variant in variants] == widths
    assert len({variant.name for variant in variants}) == len(variants)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_rules_read_declared_columns_and_fill_canonical_ones(variant: Variant) -> None:
    if variant.role is Role.DISTRICTS:
        assert variant.rules == ()
        return
    read = {column for rule in variant.rules for column in columns_of(rule)}
    assert read <= set(variant.columns) - variant.never_read
    assert variant.key in read
    targets = [
        expression.meta.output_name()
        for rule in variant.rules
        for expression in expressions(rule)
    ]
    known = {
        Role.VOTERS: VOTER_COLUMNS,
        Role.HISTORY: HISTORY_COLUMNS,
        Role.ELECTIONS: CALENDAR_COLUMNS,
    }[variant.role]
    assert set(targets) <= set(known)
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize(
    "layout",
    [layout for layout in LAYOUTS.values() if layout.county_codes],
    ids=lambda layout: layout.state,
)
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
        (ga.NUMBERED["60"], "Fulton"),
        (ga.NUMBERED["97"], "McDuffie"),
        (ga.NUMBERED["159"], "Worth"),
        (ny.COUNTIES["3"], "Bronx"),
        (ny.COUNTIES["50"], "St. Lawrence"),
        (ny.COUNTIES["51"], "Steuben"),
        (tx.COUNTIES["101"], "Harris"),
        (tx.COUNTIES["254"], "Zavala"),
        (wa.COUNTIES["KI"], "King"),
        (mn.COUNTIES["27"], "Hennepin"),
        (mn.COUNTIES["46"], "McLeod"),
        (mn.COUNTIES["87"], "Yellow Medicine"),
        (ct.TOWNS["064"], "Hartford"),
        (ct.TOWNS["135"], "Fairfield"),
        (ct.TOWNS["169"], "Windham"),
    ],
)
def test_known_counties_have_their_names(code: int, name: str) -> None:
    counties = pl.read_csv(COUNTIES)
    assert counties.filter(pl.col("fips") == code)["name"].to_list() == [name]
