"""Counties by name and by number, for layouts that code them so."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def named(state: str) -> Mapping[str, int]:
    """Give a state's counties in upper case, with their FIPS integers, in FIPS order."""
    source = files("coop.jurisdictions").joinpath("data/counties.csv")
    with source.open(encoding="utf-8") as stream:
        counties = {
            county["name"].upper(): int(county["fips"])
            for county in csv.DictReader(stream)
            if county["state"] == state
        }
    return MappingProxyType(counties)


def numbered(state: str, *order: str, digits: int = 0) -> Mapping[str, int]:
    """Give a state's counties by the numbers from 1 on that the state gives them.

    They are numbered as in the FIPS order, but for the counties of ``order``, which
    come next to each other and in that order where the first of them stands.
    """
    names = list(named(state))
    if order:
        at = min(map(names.index, order))
        names = [name for name in names if name not in order]
        names[at:at] = order
    return MappingProxyType(
        {
            str(number).zfill(digits): named(state)[name]
            for number, name in enumerate(names, start=1)
        }
    )
