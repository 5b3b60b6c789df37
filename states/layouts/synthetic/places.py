"""Invented precincts: each in one county and one combination of districts.

A state's counties lie along a line, as wide as their share of the voters, and
districts divide the same line evenly; so a county may span several districts,
and a district several counties.
"""

import math
from collections.abc import Mapping

import polars as pl

from states.layouts.counties import named
from states.layouts.declaration import Territory
from states.layouts.known import LAYOUTS
from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.words import TOWN_ENDS, TOWN_STARTS

VOTERS_A_PRECINCT = 900


TERRITORIES: Mapping[str, Territory] = {
    "OH": Territory(
        us_house=15,
        state_senate=33,
        state_house=99,
        zips=(43001, 45899),
        area_codes=("614", "216", "513", "937", "419", "330", "740"),
        large={
            39049: 900,
            39035: 880,
            39061: 590,
            39153: 380,
            39113: 370,
            39095: 290,
            39017: 260,
            39151: 260,
            39093: 220,
            39103: 140,
            39085: 160,
            39165: 180,
            39041: 165,
            39025: 155,
            39099: 155,
        },
    ),
    "NC": Territory(
        us_house=14,
        state_senate=50,
        state_house=120,
        zips=(27006, 28909),
        area_codes=("704", "919", "336", "910", "828", "252"),
        large={
            37183: 850,
            37119: 820,
            37081: 385,
            37067: 280,
            37051: 225,
            37063: 245,
            37021: 215,
            37179: 175,
            37071: 160,
            37129: 180,
            37101: 155,
            37025: 155,
        },
    ),
    "FL": Territory(
        us_house=28,
        state_senate=40,
        state_house=120,
        zips=(32003, 34997),
        area_codes=("305", "407", "813", "904", "561", "850", "727"),
        large={
            12086: 1580,
            12011: 1240,
            12099: 1000,
            12057: 940,
            12095: 890,
            12103: 710,
            12031: 680,
            12009: 480,
            12071: 540,
            12105: 470,
            12127: 430,
            12101: 420,
            12117: 340,
            12115: 360,
        },
    ),
} | {state: layout.territory for state, layout in LAYOUTS.items() if layout.territory}


def precincts(state: str, voters: int, seed: int) -> pl.DataFrame:
    """Give the state's precincts, in order along the line.

    ``end`` is where each ends on the line from 0 to 1; ``lean`` is the share of
    its partisans who are Democrats.
    """
    territory = TERRITORIES[state]
    wanted = min(9_000, max(2 * territory.state_house, voters // VOTERS_A_PRECINCT))
    counties = _counties(state, territory, wanted, seed)
    frame = counties.select(
        pl.all().repeat_by("precincts").explode(empty_as_null=False)
    ).with_columns(part=pl.int_range(pl.len()).over("county"))
    middle = pl.col("start") + pl.col("width") * (pl.col("part") + 0.5) / pl.col(
        "precincts"
    )
    placed = frame.with_columns(
        middle=middle,
        end=middle + pl.col("width") * 0.5 / pl.col("precincts"),
        town=pl.col("part") * pl.col("towns") // pl.col("precincts"),
    )
    return _named(placed, territory, seed)


def _counties(state: str, territory: Territory, wanted: int, seed: int) -> pl.DataFrame:
    fips = sorted(named(state).values())
    draws = Draws(seed, pl.Series(fips))
    small = (draws.uniform("county size") * 60 + 12).to_list()
    sizes = [
        territory.large.get(code, size) for code, size in zip(fips, small, strict=True)
    ]
    total = sum(sizes)
    return pl.DataFrame(
        {
            "county": pl.Series(fips, dtype=pl.Int32),
            "width": [size / total for size in sizes],
            "precincts": [max(3, math.floor(wanted * size / total)) for size in sizes],
            "towns": [min(3 + int(size) // 60, 12) for size in sizes],
            "rural": draws.uniform("county lean"),
        }
    ).with_columns(start=pl.col("width").cum_sum() - pl.col("width"))


def _named(placed: pl.DataFrame, territory: Territory, seed: int) -> pl.DataFrame:
    towns = Draws(seed, placed["county"].cast(pl.UInt64) * 100 + placed["town"])
    name = towns.common("town", TOWN_STARTS) + towns.common("town end", TOWN_ENDS)
    low, high = territory.zips
    city = pl.col("width") > 0.03
    number = (pl.col("part") + 1).cast(pl.String)

    def district(count: int) -> pl.Expr:
        return ((pl.col("middle") * count).floor().cast(pl.Int32) + 1).cast(pl.String)

    code = (pl.col("county") % 1000).cast(pl.String).str.zfill(3)
    return placed.with_columns(municipality=name).select(
        "county",
        "municipality",
        "end",
        precinct_code=code + number.str.zfill(4),
        precinct_name=pl.col("municipality") + " " + number,
        ward=(pl.col("part") % 8 + 1).cast(pl.String),
        school_district=pl.col("municipality") + pl.lit(" SCHOOL DIST"),
        us_house_district=district(territory.us_house),
        state_senate_district=district(territory.state_senate),
        state_house_district=district(territory.state_house),
        res_city="municipality",
        res_zip5=(low + (pl.col("middle") * (high - low)).cast(pl.Int32) // 3 * 3)
        .cast(pl.String)
        .str.zfill(5),
        lean=pl.when(city).then(0.62).otherwise(0.28 + 0.2 * pl.col("rural")),
    )
