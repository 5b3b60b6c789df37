"""What a delivery's staged voters look like, and what is published of its scope: counts by SQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg import sql

from states.imports import known
from states.imports.guards import Profile
from states.imports.lease import LOADER
from states.imports.models import GuardRail, Import, Status
from states.imports.staging import FILLED, execute, identifier

_DECADE = sql.SQL("(birth_year / 10 * 10)")


def delivered_profile(run: Import) -> Profile:
    """Profile the delivery's voters: those staged, and those whose line is as it was.

    Where lines were passed over, what is known of those who leave is staged before.
    """
    staged = _profile(identifier("voters", run.id))
    if not (base := run.cursor.get("base")):
        return staged
    left = _profile(known.leaving(run))
    then = Import.objects.using(LOADER).values_list("cursor__profile", flat=True)
    return combined(Profile(**then.get(id=UUID(base))), left, staged)


def combined(before: Profile, left: Profile, came: Profile) -> Profile:
    """Return the profile of voters of whom some have left and some came."""
    counted: dict[str, dict[str, int]] = {}
    for name in ("nulls", "counties", "parties", "ages"):
        total = Counter(getattr(before, name))
        total.update(getattr(came, name))
        total.subtract(getattr(left, name))
        is_whole = name == "nulls"
        counted[name] = {one: n for one, n in total.items() if n or is_whole}
    return Profile(voters=before.voters + came.voters - left.voters, **counted)


def _profile(voters: sql.Composable) -> Profile:
    """Profile a table of voters in two scans. A status that is not known counts as none."""
    names = [*FILLED]
    counted = execute(
        sql.SQL("SELECT count(*), {} FROM {} AS v").format(
            sql.SQL(", ").join(
                sql.SQL(
                    "count(nullif({}, 'other'))" if name == "status" else "count({})"
                ).format(sql.Identifier(name))
                for name in names
            ),
            voters,
        )
    )[0]
    total, filled = counted[0], counted[1:]
    grouped = execute(
        sql.SQL(
            "SELECT grouping(county, party, {decade}), county, party, {decade}, count(*)"
            " FROM {voters} AS v GROUP BY GROUPING SETS ((county), (party), ({decade}))"
        ).format(decade=_DECADE, voters=voters)
    )
    kinds: dict[int, dict[str, int]] = {0b011: {}, 0b101: {}, 0b110: {}}
    for kind, *values, count in grouped:
        value = next((one for one in values if one is not None), "")
        kinds[kind][str(value)] = count
    return Profile(
        voters=total,
        nulls={name: total - n for name, n in zip(names, filled, strict=True)},
        counties=kinds[0b011],
        parties=kinds[0b101],
        ages=kinds[0b110],
    )


def profile_before(run: Import, counties: dict[str, int]) -> Profile | None:
    """Return the profile of the last published delivery of the same scope, if there is one.

    Its counties are replaced by what is published of the scope now.
    """
    last = (
        Import.objects.using(LOADER)
        .filter(state=run.state, status=Status.PUBLISHED)
        .filter(**_same_scope(run))
        .order_by("-publication")
        .first()
    )
    kept = last.cursor.get("profile") if last else None
    return Profile(**kept | {"counties": counties}) if kept else None


def _same_scope(run: Import) -> dict[str, Any]:
    counties = run.delivery.counties
    if counties is None:
        return {"delivery__counties__isnull": True}
    return {"delivery__counties": counties}


def published_counties(in_scope: sql.Composable) -> tuple[dict[str, int], int]:
    """Count published voters of the scope by county; with them how many are confidential."""
    rows = execute(
        sql.SQL(
            "SELECT r.county, count(*), count(*) FILTER (WHERE r.shielded = 'confidential')"
            " FROM voters_registration AS r WHERE {} GROUP BY 1"
        ).format(in_scope)
    )
    counties = {"" if fips is None else str(fips): n for fips, n, _ in rows}
    return counties, sum(confidential for *_, confidential in rows)


def thresholds_of(state: str, using: str = LOADER) -> dict[str, float]:
    """Return the thresholds that a state's owner has set, by guard."""
    rails = GuardRail.objects.using(using).filter(state=state)
    return dict(rails.values_list("guard", "threshold"))


def as_json(profile: Profile) -> dict[str, Any]:
    """Return a profile as an import keeps it."""
    return asdict(profile)
