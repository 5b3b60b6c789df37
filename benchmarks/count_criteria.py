"""The twenty questions that counts are timed with: our criteria, and the same as DuckDB's condition."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from states.targeting.values import ElectionDay

AS_OF: Final = dt.date(2026, 11, 22)
ELECTIONS: Final = {
    ElectionDay(dt.date(2020, 11, 3), "general"): 1,
    ElectionDay(dt.date(2022, 5, 3), "primary"): 2,
    ElectionDay(dt.date(2022, 11, 8), "general"): 3,
    ElectionDay(dt.date(2024, 3, 19), "primary"): 4,
    ElectionDay(dt.date(2024, 11, 5), "general"): 5,
    ElectionDay(dt.date(2025, 11, 4), "municipal"): 6,
}

Part = tuple[dict[str, Any], str]


def _test(name: str, op: str, value: Any, condition: str) -> Part:
    return {"field": name, "op": op, "value": value}, condition


def _every(*parts: Part) -> Part:
    return {"all": [tree for tree, _ in parts]}, " AND ".join(
        f"({c})" for _, c in parts
    )


def _some(*parts: Part) -> Part:
    return {"any": [tree for tree, _ in parts]}, " OR ".join(f"({c})" for _, c in parts)


def _not(part: Part) -> Part:
    return {"not": part[0]}, f"NOT ({part[1]})"


def _voted(op: str, date: str, kind: str, number: int) -> Part:
    has = f"list_contains(elections, {number})"
    return _test(
        "voted",
        op,
        [{"date": date, "type": kind}],
        has if op == "any" else f"NOT {has}",
    )


DEMOCRATS = _test("party", "eq", "D", "party = 'D'")
TWO_PARTIES = _test("party", "in", ["D", "R"], "party IN ('D', 'R')")
ACTIVE = _test("status", "eq", "active", "status = 'active'")
ADULTS = _test(
    "age", "between", [25, 40],
    "date_diff('year', birth_date, DATE '2026-11-22')"
    " - (strftime(birth_date, '%m%d') > '1122')::INTEGER BETWEEN 25 AND 40",
)  # fmt: skip
SENIORS = _test(
    "age", "gte", 65,
    "date_diff('year', birth_date, DATE '2026-11-22')"
    " - (strftime(birth_date, '%m%d') > '1122')::INTEGER >= 65",
)  # fmt: skip
WOMEN = _test("gender", "eq", "F", "gender = 'F'")
RECENT = _test(
    "registration_date", "gte", "2020-01-01", "registration_date >= DATE '2020-01-01'"
)
EARLIER = _test(
    "registration_date",
    "between",
    ["2004-01-01", "2012-12-31"],
    "registration_date BETWEEN DATE '2004-01-01' AND DATE '2012-12-31'",
)
IN_2024 = _voted("any", "2024-11-05", "general", 5)
NOT_IN_2022 = _voted("none", "2022-11-08", "general", 3)
PRIMARY = _voted("any", "2024-03-19", "primary", 4)
OFTEN = _test("times_voted", "gte", 4, "len(elections) >= 4")
COUNTY = _test("county", "eq", 39049, "county = 39049")
COUNTIES = _test(
    "county", "in", [39049, 39035, 39061], "county IN (39049, 39035, 39061)"
)
DISTRICT = _test("us_house_district", "eq", "3", "us_house_district = '3'")
PHONE = _test("phone", "known", value=True, condition="phone IS NOT NULL")
GENERALS = _test(
    "voted", "at_least", {"times": 2, "of_last": 3, "type": "general"},
    "list_contains(elections, 1)::INTEGER + list_contains(elections, 3)::INTEGER"
    " + list_contains(elections, 5)::INTEGER >= 2",
)  # fmt: skip

LATELY: Final = _test(
    "last_contact", "within_days", 14,
    "coalesce(last_contact >= DATE '2026-11-08', false)",
)  # fmt: skip
CALLABLE: Final = _test(
    "suppressions", "has_not", ["call", "moved"], "NOT (no_calls OR moved)"
)
SUPPORTERS: Final = _test("support", "lte", 2, "support <= 2")
REACHED: Final = _test("last_result", "eq", "canvassed", "last_result = 14")
OFTEN_TRIED: Final = _test("attempts", "gte", 3, "attempts >= 3")
LIVE: Final = (LATELY, CALLABLE, SUPPORTERS, REACHED, OFTEN_TRIED)
"""Conditions on what changes with every contact."""

CRITERIA: Final[list[Part]] = [
    DEMOCRATS,
    ADULTS,
    IN_2024,
    LATELY,
    _every(DEMOCRATS, _not(LATELY)),
    _every(COUNTY, ADULTS),
    _every(SUPPORTERS, _not(OFTEN_TRIED)),
    _every(RECENT, TWO_PARTIES),
    _every(DEMOCRATS, ADULTS, IN_2024),
    _every(COUNTIES, SENIORS, WOMEN),
    _every(DISTRICT, _not(DEMOCRATS), ACTIVE),
    _every(GENERALS, PHONE, ACTIVE, CALLABLE),
    _every(DEMOCRATS, ADULTS, IN_2024, NOT_IN_2022),
    _every(TWO_PARTIES, EARLIER, WOMEN, PHONE),
    _every(_some(DEMOCRATS, PRIMARY), SENIORS, ACTIVE, OFTEN),
    _every(COUNTY, DEMOCRATS, ADULTS, IN_2024, REACHED),
    _every(_not(_some(SENIORS, RECENT)), DEMOCRATS, WOMEN, ACTIVE),
    _every(GENERALS, DEMOCRATS, WOMEN, ADULTS, PHONE, ACTIVE),
    _every(COUNTIES, DEMOCRATS, ADULTS, IN_2024, NOT_IN_2022, PHONE, ACTIVE),
    _every(
        COUNTIES,
        TWO_PARTIES,
        ADULTS,
        IN_2024,
        NOT_IN_2022,
        PHONE,
        CALLABLE,
        _not(LATELY),
    ),
]
"""Criteria of one to eight conditions, ranges, history and live values among them."""
LIVE_CRITERIA: Final = [
    number
    for number, (_, condition) in enumerate(CRITERIA)
    if any(one[1] in condition for one in LIVE)
]
"""The numbers of those that rest on what changes with every contact, from 0."""
