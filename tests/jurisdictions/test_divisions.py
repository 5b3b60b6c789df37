"""Divisions as Open Civic Data writes them."""

from __future__ import annotations

import pytest

from coop.jurisdictions.divisions import division_of_district, division_of_state


@pytest.mark.parametrize(
    ("state", "kind", "number", "division"),
    [
        ("OH", "us_house_district", "3", "state:oh/cd:3"),
        ("OH", "state_senate_district", "15", "state:oh/sldu:15"),
        ("MN", "state_house_district", "1A", "state:mn/sldl:1a"),
        ("AK", "state_senate_district", "B", "state:ak/sldu:b"),
        ("WY", "us_house_district", "AL", "state:wy"),
        ("DC", "us_house_district", "AL", "district:dc"),
        ("MA", "state_senate_district", "1ST SUFFOLK", "state:ma/sldu:1st_suffolk"),
        ("MA", "state_house_district", "O'NEIL & CO", "state:ma/sldl:o~neil_~_co"),
    ],
)
def test_a_district_is_named_as_others_name_it(
    state: str, kind: str, number: str, division: str
) -> None:
    named = division_of_district(state, kind, number)
    assert named == f"ocd-division/country:us/{division}"
    assert named.startswith(division_of_state(state))
