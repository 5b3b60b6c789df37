"""Guard rails: what a difference is measured by before it may be published unseen.

Pure: figures in, verdicts out. Thresholds are the owner's, the defaults are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

SMALLEST_COMPARED: Final = 100
"""Voters from which shares and totals are compared: below, one household is a trend."""

Counts = Mapping[str, int]


class Guard(StrEnum):
    """One rail; each measures a share from 0 to 1 (a total may more than double)."""

    MANY_GONE = "many_gone"
    MANY_REJECTED = "many_rejected"
    MANY_REPEATED = "many_repeated"
    CONFIDENTIAL_FELL = "confidential_fell"
    IDS_REUSED = "ids_reused"
    TOTAL_SHIFTED = "total_shifted"
    COUNTY_SHIFTED = "county_shifted"
    NULLS_ROSE = "nulls_rose"
    PARTY_SHIFTED = "party_shifted"
    AGE_SHIFTED = "age_shifted"


DEFAULTS: Final[Mapping[Guard, float]] = {
    Guard.MANY_GONE: 0.20,
    Guard.MANY_REJECTED: 0.05,
    Guard.MANY_REPEATED: 0.02,
    Guard.CONFIDENTIAL_FELL: 0.50,
    Guard.IDS_REUSED: 0.005,
    Guard.TOTAL_SHIFTED: 0.20,
    Guard.COUNTY_SHIFTED: 0.30,
    Guard.NULLS_ROSE: 0.20,
    Guard.PARTY_SHIFTED: 0.10,
    Guard.AGE_SHIFTED: 0.10,
}


class Verdict(StrEnum):
    """What a guard says; `not_comparable` where there is nothing, or too little, before."""

    PASSED = "passed"
    STOPPED = "stopped"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a delivery's voters look like: their number, blanks by column, and three counts.

    `counties` are by FIPS code, `ages` by decade of birth, as text; unknown is `''`.
    """

    voters: int
    nulls: Counts
    counties: Counts
    parties: Counts
    ages: Counts


@dataclass(frozen=True, slots=True)
class Judged:
    """One guard's measure: a `shift` over the `threshold` stops publication.

    `expected` is what was there before, `found` what is there now; `about` names the
    county, column, party or decade with the largest shift.
    """

    guard: Guard
    expected: float | None
    found: float | None
    shift: float | None
    threshold: float
    verdict: Verdict
    about: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept and shown."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Measure:
    """A shift before it is judged; `sentence` lacks only the threshold."""

    guard: Guard
    expected: float
    found: float
    shift: float
    sentence: str
    about: str = ""


def judge(
    figures: Mapping[str, int],
    now: Profile,
    before: Profile | None,
    thresholds: Mapping[str, float],
) -> list[Judged]:
    """Measure a delivery against what is published, and against the last one of its scope.

    `figures` are those of the import; `before` profiles the last published delivery of the
    same scope, with the counties as they are published.
    """
    measured = {one.guard: one for one in _measures(figures, now, before)}
    return [
        _judged(guard, measured.get(guard), thresholds.get(guard, DEFAULTS[guard]))
        for guard in Guard
    ]


def _judged(guard: Guard, met: Measure | None, threshold: float) -> Judged:
    if met is None:
        return Judged(guard, None, None, None, threshold, Verdict.NOT_COMPARABLE)
    stopped = met.shift > threshold
    return Judged(
        guard,
        met.expected,
        met.found,
        round(met.shift, 6),
        threshold,
        Verdict.STOPPED if stopped else Verdict.PASSED,
        met.about,
        f"{met.sentence}: {'over' if stopped else 'within'} {threshold:.1%}.",
    )


def _measures(
    figures: Mapping[str, int], now: Profile, before: Profile | None
) -> Iterator[Measure]:
    yield from _of_lines(figures)
    yield from _of_voters(figures)
    if figures["in_scope"] >= SMALLEST_COMPARED:
        yield _reused(figures["in_scope"], figures["id_reused"])
        yield _total(figures["in_scope"], now.voters)
    if before and min(now.voters, before.voters) >= SMALLEST_COMPARED:
        yield from _of_profiles(now, before)


def _of_lines(figures: Mapping[str, int]) -> Iterator[Measure]:
    rows = figures["rows"]
    for guard, name, words in (
        (Guard.MANY_REJECTED, "rejected", "lines gave no row"),
        (Guard.MANY_REPEATED, "repeated", "lines repeat an identifier"),
    ):
        found = figures[name]
        share = found / rows if rows else 0.0
        yield Measure(guard, 0, found, share, f"{found:,} of {rows:,} {words}")


def _of_voters(figures: Mapping[str, int]) -> Iterator[Measure]:
    before, gone = figures["in_scope"], figures["gone"]
    if before:
        yield Measure(
            Guard.MANY_GONE,
            before,
            before - gone,
            gone / before,
            f"{gone:,} of {before:,} voters would be gone",
        )
    then, now = figures["confidential_before"], figures["confidential"]
    if then:
        yield Measure(
            Guard.CONFIDENTIAL_FELL,
            then,
            now,
            max(0, then - now) / then,
            f"{now:,} voters are marked confidential, and {then:,} were",
        )


def _reused(before: int, reused: int) -> Measure:
    said = f"{reused:,} of {before:,} identifiers are someone else's now"
    return Measure(Guard.IDS_REUSED, 0, reused, reused / before, said)


def _total(before: int, now: int) -> Measure:
    said = f"The delivery has {now:,} voters, and {before:,} are published"
    return Measure(Guard.TOTAL_SHIFTED, before, now, abs(now - before) / before, said)


def _of_profiles(now: Profile, before: Profile) -> Iterator[Measure]:
    if county := _county(now.counties, before.counties):
        yield county
    for guard, now_counts, then_counts, kind in (
        (Guard.NULLS_ROSE, now.nulls, before.nulls, "Blanks in"),
        (Guard.PARTY_SHIFTED, now.parties, before.parties, "The share of party"),
        (Guard.AGE_SHIFTED, now.ages, before.ages, "The share born from"),
    ):
        risen_only = guard is Guard.NULLS_ROSE
        yield _share(
            guard, _shares(now_counts, now), _shares(then_counts, before), kind,
            risen_only=risen_only,
        )  # fmt: skip


def _shares(counts: Counts, of: Profile) -> dict[str, float]:
    return {name: count / of.voters for name, count in counts.items()}


def _county(now: Counts, before: Counts) -> Measure | None:
    """Measure the county whose number of voters shifted most, of those large enough."""
    shifts = {
        name: abs(now.get(name, 0) - count) / count
        for name, count in before.items()
        if name and count >= SMALLEST_COMPARED
    }
    if not shifts:
        return None
    worst = max(shifts, key=lambda name: shifts[name])
    then, found = before[worst], now.get(worst, 0)
    said = f"County {worst} has {found:,} voters, and {then:,} are published"
    return Measure(Guard.COUNTY_SHIFTED, then, found, shifts[worst], said, worst)


def _share(
    guard: Guard,
    now: Mapping[str, float],
    before: Mapping[str, float],
    kind: str,
    *,
    risen_only: bool,
) -> Measure:
    """Measure the value whose share of all voters shifted most, in points of it."""
    names = sorted({*now, *before})
    rises = {name: now.get(name, 0.0) - before.get(name, 0.0) for name in names}
    shifts = {
        name: max(0.0, rise) if risen_only else abs(rise)
        for name, rise in rises.items()
    }
    worst = max(names, key=lambda name: shifts[name])
    then, found = before.get(worst, 0.0), now.get(worst, 0.0)
    said = f"{kind} {worst or '(unknown)'} went from {then:.1%} to {found:.1%}"
    return Measure(guard, round(then, 6), round(found, 6), shifts[worst], said, worst)
