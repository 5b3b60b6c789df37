"""Open Civic Data's identifiers of divisions: how the world outside names states and districts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "us_house_district": "cd",
    "state_senate_district": "sldu",
    "state_house_district": "sldl",
}
"""The standard fields that name districts → the kinds of division."""
AT_LARGE: Final = "AL"
_OTHER: Final = re.compile(r"[^0-9a-z.~_-]")


def division_of_state(state: str) -> str:
    """Return a state's division: `ocd-division/country:us/state:oh`."""
    kind = "district" if state == "DC" else "state"
    return f"ocd-division/country:us/{kind}:{state.lower()}"


def division_of_district(state: str, kind: str, number: str) -> str:
    """Return a district's division: `ocd-division/country:us/state:oh/cd:3`.

    `kind` is a standard field's name, a key of `KINDS`; `number` as that field holds it,
    without leading zeros. A representative at large has the whole state.
    """
    if kind == "us_house_district" and number == AT_LARGE:
        return division_of_state(state)
    spelled = _OTHER.sub("~", number.lower().replace(" ", "_"))
    return f"{division_of_state(state)}/{KINDS[kind]}:{spelled}"
