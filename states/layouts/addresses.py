"""Street lines in the form of the Postal Service, where they are not yet: abbreviated, without points.

Most states write that form already, and a test over the whole column finds the lines that do
not. Of those nearly all are rewritten by one pattern, or are numbered roads, which stay. What is
left (a direction inside a name, avenues of something) is read by ``usaddress``, each different
line once. What cannot be read for certain stays as the state writes it. The same line is always
read the same: otherwise every import would find voters changed.
"""

import re
from functools import lru_cache
from typing import Final

import polars as pl
import usaddress  # type: ignore[import-untyped]  # it ships no types

LONGEST_READ: Final = 60
"""Letters of a line that the library reads, at most: about 0.3 ms each."""
_REMEMBERED: Final = 200_000

_PAIRS: Final = """
    ALLEY=ALY AVENUE=AVE AVENU=AVE BEND=BND BOULEVARD=BLVD BRANCH=BR BRIDGE=BRG BYPASS=BYP
    CENTER=CTR CIRCLE=CIR CLIFF=CLF CORNER=COR COURT=CT COVE=CV CREEK=CRK CRESCENT=CRES
    CROSSING=XING DRIVE=DR ESTATE=EST ESTATES=ESTS EXPRESSWAY=EXPY EXTENSION=EXT
    FREEWAY=FWY GARDENS=GDNS GATEWAY=GTWY GLEN=GLN GREEN=GRN GROVE=GRV HARBOR=HBR
    HEIGHTS=HTS HIGHWAY=HWY HILL=HL HILLS=HLS HOLLOW=HOLW ISLAND=IS JUNCTION=JCT LAKE=LK
    LANDING=LNDG LANE=LN MANOR=MNR MEADOW=MDW MEADOWS=MDWS MOUNT=MT MOUNTAIN=MTN
    ORCHARD=ORCH PARKWAY=PKWY PLACE=PL PLAZA=PLZ POINT=PT RIDGE=RDG RIVER=RIV ROAD=RD
    SHORE=SHR SPRING=SPG SPRINGS=SPGS SQUARE=SQ STATION=STA STREET=ST SUMMIT=SMT
    TERRACE=TER TRACE=TRCE TRAIL=TRL TURNPIKE=TPKE VALLEY=VLY VIEW=VW VILLAGE=VLG VISTA=VIS
"""
SUFFIXES: Final = dict(pair.split("=") for pair in _PAIRS.split())
"""Street suffixes as they are written out → as the Postal Service abbreviates them (Publication 28, C1)."""
DIRECTIONS: Final = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}
UNITS: Final = {
    "APARTMENT": "APT",
    "BUILDING": "BLDG",
    "DEPARTMENT": "DEPT",
    "FLOOR": "FL",
    "ROOM": "RM",
    "SPACE": "SPC",
    "SUITE": "STE",
    "TRAILER": "TRLR",
}

# Words that are hardly ever a street's own name: only with one of these is a line not clean.
_TELLING: Final = (
    *("STREET", "AVENUE", "AVENU", "BOULEVARD", "CIRCLE", "COURT", "DRIVE", "HIGHWAY"),
    *("LANE", "PARKWAY", "PLACE", "ROAD", "SQUARE", "TERRACE", "TRAIL", "TURNPIKE"),
)
_POINTS: Final = r"[.,]+(\s|$)"
_UNCLEAN: Final = rf"(?i)\b(?:{'|'.join((*_TELLING, *DIRECTIONS, *UNITS))})\b|{_POINTS}"
_WAYS: Final = "|".join((*DIRECTIONS, *DIRECTIONS.values()))
_ALL_SUFFIXES: Final = "|".join((*SUFFIXES, *dict.fromkeys(SUFFIXES.values())))
_PLAIN: Final = (
    rf"^(?<number>\d+[A-Z]?(?: 1/2)?)(?: (?<before>{_WAYS}))? (?<name>[A-Z0-9' -]+?)"
    rf" (?<suffix>{_ALL_SUFFIXES})(?: (?<after>{_WAYS}))?"
    rf"(?: (?<unit>{'|'.join((*UNITS, *UNITS.values(), 'UNIT', 'LOT'))}) (?<which>#?[A-Z0-9-]+))?$"
)
# A direction inside a name may be part of it or not; a name that is one is a name.
_UNPLAIN: Final = rf" (?:{_WAYS})\b|\b(?:{_WAYS}) "
_NUMBERED: Final = r"\b(?:ROAD|RD|HIGHWAY|HWY|ROUTE|RT|RTE|LOOP|LANE) #?\d+[A-Z]?$"
_ABBREVIATED: Final = {
    "StreetNamePreDirectional": DIRECTIONS,
    "StreetNamePostDirectional": DIRECTIONS,
    "StreetNamePostType": SUFFIXES,
    "OccupancyType": UNITS,
}
_KEPT: Final = frozenset(
    {
        *_ABBREVIATED,
        "AddressNumber",
        "AddressNumberSuffix",
        "StreetNamePreModifier",
        "StreetNamePreType",
        "StreetName",
        "OccupancyIdentifier",
    }
)


def standard(lines: pl.Series) -> pl.Series:
    """Give street lines in the Postal Service's form; clean ones, and unreadable ones, as they are."""
    found = lines.str.contains(_UNCLEAN) & lines.str.contains(r"^\d+\S* +[A-Za-z0-9]")
    unclean = found.fill_null(value=False)
    if not unclean.any():
        return lines
    different = lines.filter(unclean).unique()
    read = _read(different)
    return lines.replace(different, read)


def _read(different: pl.Series) -> pl.Series:
    """Read different lines: by the pattern where they are plain, else by the library."""
    tidy = _tidied(different)
    plain = _plain(tidy)
    clean = ~tidy.str.contains(_UNCLEAN)
    table = pl.DataFrame(
        {"line": different, "tidy": tidy, "plain": plain, "clean": clean}
    )
    left = table.filter(
        pl.col("plain").is_null()
        & ~pl.col("clean")
        & (pl.col("tidy").str.len_chars() <= LONGEST_READ)
        & ~pl.col("tidy").str.contains(_NUMBERED)
    )["tidy"].unique()
    told = pl.Series([_told(line) for line in left], dtype=pl.String)
    found = table.select(
        pl.when("clean").then("tidy").otherwise("plain").alias("found"), "tidy", "line"
    ).join(
        pl.DataFrame({"tidy": left, "told": told}),
        on="tidy",
        how="left",
        maintain_order="left",
    )
    return found.select(pl.coalesce("found", "told", "line")).to_series()


def _tidied(lines: pl.Series) -> pl.Series:
    return (
        lines.str.to_uppercase()
        .str.replace_all(_POINTS, " ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _plain(lines: pl.Series) -> pl.Series:
    """Rewrite the lines of number, street and unit whose every word has one meaning; null for others."""
    parts = lines.str.extract_groups(_PLAIN).struct.unnest()
    words = [
        pl.col("number"),
        _abbreviated("before", DIRECTIONS),
        pl.col("name"),
        _abbreviated("suffix", SUFFIXES),
        _abbreviated("after", DIRECTIONS),
        _abbreviated("unit", UNITS),
        pl.col("which"),
    ]
    certain = ~pl.col("name").str.contains(_UNPLAIN)
    whole = pl.concat_str(words, separator=" ", ignore_nulls=True)
    return parts.select(pl.when(certain).then(whole)).to_series()


def _abbreviated(part: str, table: dict[str, str]) -> pl.Expr:
    return pl.col(part).replace(table)


@lru_cache(maxsize=_REMEMBERED)
def _told(line: str) -> str | None:
    """Give a line as the library reads it; None where it is no street line, or not for certain.

    What it would read otherwise once it is written (a street named North, south) is not certain.
    """
    once = _labeled(line)
    if once and re.search(_UNCLEAN, once) and _labeled(once) != once:
        return None
    return once


def _labeled(line: str) -> str | None:
    try:
        parts, kind = usaddress.tag(line)
    except usaddress.RepeatedLabelError:
        return None
    if (
        kind != "Street Address"
        or not parts.keys() <= _KEPT
        or "StreetName" not in parts
    ):
        return None
    return " ".join(
        " ".join(_ABBREVIATED.get(label, {}).get(word, word) for word in text.split())
        for label, text in parts.items()
    )
