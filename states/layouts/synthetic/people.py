"""Invented people in households: names, ages, addresses, standing, contact details."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.places import TERRITORIES
from states.layouts.synthetic.words import (
    FEMALE_NAMES,
    LAST_NAMES,
    MALE_NAMES,
    STREET_NAMES,
    STREET_TYPES,
)

_HOUSEHOLD_SIZES = {"1": 0.38, "2": 0.40, "3": 0.13, "4": 0.07, "5": 0.02}
_INITIALS = dict.fromkeys("ABCDEGHJKLMNPRSTW", 0.045) | {"": 0.235}
_SUFFIXES = {"": 0.95, "JR": 0.03, "SR": 0.01, "III": 0.01}
_STATUSES = {"active": 0.89, "inactive": 0.11}
_RACES = {
    "white": 0.66,
    "black": 0.15,
    "hispanic": 0.10,
    "asian": 0.03,
    "american_indian": 0.01,
    "multiracial": 0.015,
    "other": 0.015,
    "unknown": 0.02,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be invented: whose voters, how many, from which seed, for which day."""

    state: str
    voters: int
    seed: int
    day: dt.date


def households(seed: int, first: int, rows: int) -> pl.DataFrame:
    """Give ``rows`` people from number ``first`` on: ``person``, ``household``, ``seat``.

    Households are whole within the stretch, but perhaps for its last one.
    """
    numbers = pl.int_range(first, first + rows, dtype=pl.UInt64, eager=True)
    sizes = Draws(seed, numbers).weighted("household size", _HOUSEHOLD_SIZES)
    return (
        pl.DataFrame({"household": numbers, "size": sizes.cast(pl.Int64)})
        .with_columns(before=pl.col("size").cum_sum() - pl.col("size"))
        .filter(pl.col("before") < rows)
        .with_columns(seat=pl.int_ranges(0, "size"))
        .explode("seat", empty_as_null=False)
        .head(rows)
        .select("household", "seat", person=numbers)
    )


def people(order: Order, seats: pl.DataFrame, precincts: pl.DataFrame) -> pl.DataFrame:
    """Give canonical registrations for the seats, without ids and history.

    Besides canonical columns there are ``person`` and ``lean``.
    """
    own, shared = (Draws(order.seed, seats[key]) for key in ("person", "household"))
    # A household stands on the line where its first member does.
    along = seats.select((pl.col("person") - pl.col("seat")) / order.voters).to_series()
    at = precincts["end"].search_sorted(along).clip(upper_bound=len(precincts) - 1)
    frame = pl.concat([seats, precincts.drop("end")[at]], how="horizontal")
    frame = _names(frame, own, shared)
    frame = _address(frame, shared, order)
    frame = _ages(frame, own, shared, order)
    frame = _standing(frame, own, order)
    return _contact_details(frame, own, order).drop("household", "seat")


def _names(frame: pl.DataFrame, own: Draws, shared: Draws) -> pl.DataFrame:
    drawn = pl.DataFrame(
        {
            "women": own.common("first name", FEMALE_NAMES),
            "men": own.common("first name", MALE_NAMES),
            "female": own.chance("gender", 0.525),
            "stated": own.chance("gender stated", 0.98),
            "middle_name": own.weighted("middle name", _INITIALS),
            "surname": own.common("own last name", LAST_NAMES),
            "family": shared.common("last name", LAST_NAMES),
            "alone": own.chance("own surname", 0.14),
            "name_suffix": own.weighted("suffix", _SUFFIXES),
        }
    )
    sex = pl.when("female").then(pl.lit("F")).otherwise(pl.lit("M"))
    return frame.hstack(
        drawn.select(
            first_name=pl.when("female").then("women").otherwise("men"),
            middle_name=pl.col("middle_name").replace("", None),
            last_name=pl.when("alone").then("surname").otherwise("family"),
            name_suffix=pl.when(~pl.col("female") & (pl.col("name_suffix") != "")).then(
                "name_suffix"
            ),
            gender=pl.when("stated").then(sex).otherwise(pl.lit("U")),
        )
    )


def _address(frame: pl.DataFrame, shared: Draws, order: Order) -> pl.DataFrame:
    drawn = pl.DataFrame(
        {
            "number": shared.below("house number", 9_800) + 100,
            "street": shared.common("street", STREET_NAMES),
            "type": shared.common("street type", STREET_TYPES),
            "unit": shared.below("unit", 40) + 1,
            "flat": shared.chance("flat", 0.16),
            "plus4": shared.below("plus4", 8_999) + 1_001,
            "known": shared.chance("plus4 known", 0.8),
        }
    )
    return frame.hstack(
        drawn.select(
            res_address=pl.concat_str("number", "street", "type", separator=" "),
            res_address2=pl.when("flat").then(
                pl.lit("APT ") + pl.col("unit").cast(pl.String)
            ),
            res_zip4=pl.when("known").then(pl.col("plus4").cast(pl.String)),
        )
    ).with_columns(res_state=pl.lit(order.state))


def _ages(frame: pl.DataFrame, own: Draws, shared: Draws, order: Order) -> pl.DataFrame:
    """Give the second seat about the first one's age, and grown children after them."""
    head = 18 + (shared.uniform("age") * 0.6 + shared.uniform("age more") * 0.4) * 74
    spread = own.normal("age of partner") * 4
    child = own.uniform("age of child") * 8
    drawn = pl.DataFrame({"head": head, "spread": spread, "child": child})
    drawn = drawn.with_columns(frame["seat"])
    age = (
        pl.when(pl.col("seat") == 0)
        .then("head")
        .when((pl.col("seat") == 1) | (pl.col("head") < 42))
        .then(pl.col("head") + pl.col("spread"))
        .otherwise(pl.col("head") - 24 - pl.col("child"))
        .clip(18.05, 103)
    )
    days = drawn.select((age * 365.25).cast(pl.Int32)).to_series()
    birth = pl.lit(order.day) - pl.duration(days=pl.col("days"))
    return frame.with_columns(days=days).with_columns(
        birth_date=birth.cast(pl.Date), birth_year=birth.dt.year()
    )


def _standing(frame: pl.DataFrame, own: Draws, order: Order) -> pl.DataFrame:
    drawn = pl.DataFrame(
        {
            "status": own.weighted("status", _STATUSES),
            "race": own.weighted("race", _RACES),
            "years": own.uniform("years registered"),
            "partisan": own.chance("partisan", 0.68),
            "side": own.uniform("side"),
            "minor": own.weighted(
                "minor party", {"": 0.975, "L": 0.012, "G": 0.006, "O": 0.007}
            ),
        }
    )
    adult = pl.col("days") - 18 * 365
    side = (
        pl.when(pl.col("side") < pl.col("lean"))
        .then(pl.lit("D"))
        .otherwise(pl.lit("R"))
    )
    since = (pl.col("years") ** 1.6 * adult.clip(1, 16_000)).cast(pl.Int32)
    party = (
        pl.when(pl.col("minor") != "")
        .then("minor")
        .when("partisan")
        .then(side)
        .otherwise(pl.lit("N"))
    )
    return (
        frame.hstack(drawn)
        .with_columns(
            side=side,
            party=party,
            registration_date=(pl.lit(order.day) - pl.duration(days=since)).cast(
                pl.Date
            ),
            ethnicity=pl.col("race").replace_strict(
                {"hispanic": "hispanic", "unknown": "unknown"}, default="not_hispanic"
            ),
        )
        .drop("years", "partisan", "minor", "days")
    )


def _contact_details(frame: pl.DataFrame, own: Draws, order: Order) -> pl.DataFrame:
    codes = TERRITORIES[order.state].area_codes
    drawn = pl.DataFrame(
        {
            "area": own.common("area code", codes),
            "line": own.below("phone", 100),
            "has_phone": own.chance("phone known", 0.52),
            "has_email": own.chance("e-mail known", 0.16),
            "elsewhere": own.chance("mail elsewhere", 0.06),
            "box": own.below("mail box", 9_000) + 10,
        }
    )
    number = pl.lit("555") + pl.lit("01") + pl.col("line").cast(pl.String).str.zfill(2)
    name = pl.concat_str("first_name", pl.lit("."), "last_name", "person")
    elsewhere = pl.col("elsewhere")
    return (
        frame.hstack(drawn)
        .with_columns(
            phone=pl.when("has_phone").then(pl.lit("+1") + pl.col("area") + number),
            email=pl.when("has_email").then(
                name.str.to_lowercase().str.replace_all("[^a-z0-9.]", "")
                + pl.lit("@example.org")
            ),
            mail_line1=pl.when(elsewhere).then(
                pl.lit("PO BOX ") + pl.col("box").cast(pl.String)
            ),
            mail_city=pl.when(elsewhere).then("res_city"),
            mail_state=pl.when(elsewhere).then("res_state"),
            mail_zip5=pl.when(elsewhere).then("res_zip5"),
        )
        .drop("area", "line", "has_phone", "has_email", "elsewhere", "box")
    )
