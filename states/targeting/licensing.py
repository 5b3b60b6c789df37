"""What the acting organization may do with voters now, state by state: the second lock, judged before the third.

It reads the grants themselves; the policies in the database judge again, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from coop.actors import Action, Actor
from coop.errors import Denied, FieldFault, Invalid
from coop.grants.models import Grant, Status
from coop.jurisdictions.models import PartyBasis, State
from states.fields.definition import Field, Group
from states.fields.registry import UnknownField, field as standard_field, fields_of

GEOGRAPHY = (
    "counties",
    "us_house_districts",
    "state_senate_districts",
    "state_house_districts",
)
# No state's file fills these yet: there is no table behind them.
WITHOUT_DATA = frozenset({Group.BALLOTS})


@dataclass(frozen=True, slots=True)
class License:
    """What one organization may do in one state under one action: as its owner, or by grants."""

    state: str
    action: Action
    party_basis: PartyBasis
    owned: bool = False
    grants: tuple[Grant, ...] = ()

    @property
    def groups(self) -> frozenset[Group]:
        """The field groups licensed for some place, none without `registration`.

        An organization may always ask about its own contacts; the policies decide whose
        contacts it sees.
        """
        named = {Group(name) for grant in self.grants for name in grant.groups}
        if self.owned:
            named = set(Group)
        if Group.REGISTRATION not in named:
            return frozenset()
        return frozenset((named | {Group.CONTACTS}) - WITHOUT_DATA)

    def grants_for(self, groups: Iterable[Group]) -> tuple[Grant, ...]:
        """Return the grants that a use of these groups rests on; an owner needs none."""
        wanted = {group.value for group in groups}
        return tuple(one for one in self.grants if wanted & set(one.groups))

    def covers(self, other: License, groups: Iterable[Group]) -> bool:
        """Tell whether all that `other` opens of these groups is open here too, grant by grant."""
        return self.owned or all(
            any(_as_wide(ours, theirs, group) for ours in self.grants)
            for group in groups
            for theirs in other.grants
            if group.value in theirs.groups
        )

    def fingerprint(self, groups: Iterable[Group]) -> frozenset[UUID | str]:
        """Return what must stand still while a long answer runs."""
        ids = {grant.id for grant in self.grants_for(groups)}
        return frozenset({"owner"} if self.owned else ids)


@dataclass(frozen=True, slots=True)
class Refused:
    """A state that cannot be answered: why, and which fields lack which grant."""

    state: str
    code: str
    action: Action
    fields: tuple[Field, ...] = ()

    def missing(self) -> list[dict[str, str | None]]:
        """Return the missing grants, a field each, in standard names."""
        if not self.fields:
            return [self._gap(None, Group.REGISTRATION)]
        return [self._gap(one.name, one.group) for one in self.fields]

    def _gap(self, name: str | None, group: Group) -> dict[str, str | None]:
        return {
            "state": self.state,
            "field": name,
            "group": group.value,
            "action": self.action.value,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """The states that a question can be answered for, and those that it cannot."""

    licensed: tuple[License, ...]
    refused: tuple[Refused, ...] = field(default=())


def licenses(by: Actor, action: Action) -> dict[str, License]:
    """Return the licenses in force now for an action, by state, inside any open scope of `by`."""
    now = timezone.now()
    in_force = Grant.objects.filter(
        grantee=by.organization,
        status=Status.ACTIVE,
        starts_at__lte=now,
        ends_at__gt=now,
        actions__contains=[action.value],
    ).order_by("id")
    by_state: dict[str, list[Grant]] = {}
    for grant in in_force:
        by_state.setdefault(grant.state_id, []).append(grant)
    bases = dict(State.objects.values_list("code", "party_basis"))
    owned = set(
        State.objects.filter(owner=by.organization).values_list("code", flat=True)
    )
    return {
        code: License(
            code,
            action,
            PartyBasis(bases[code]),
            owned=code in owned,
            grants=tuple(by_state.get(code, ())),
        )
        for code in sorted({*by_state, *owned})
    }


def choose_states(
    asked: Sequence[str] | None,
    held: Mapping[str, License],
    fields: Sequence[Field],
    *,
    action: Action,
) -> Choice:
    """Divide the states asked about (None: all that are licensed) by whether all fields are licensed.

    Raises `Invalid` for a code that is no state's, and `Denied` where no state remains.
    """
    if asked is not None:
        check_states(asked)
    licensed, refused = [], []
    for state in dict.fromkeys(asked if asked is not None else held):
        license_ = held.get(state)
        lacking = tuple(
            one for one in fields if not license_ or one.group not in license_.groups
        )
        if license_ and license_.groups and not lacking:
            licensed.append(license_)
        else:
            code = "field_not_licensed" if lacking else "state_not_licensed"
            refused.append(Refused(state, code, action, lacking))
    if not licensed:
        raise not_licensed(refused, action)
    return Choice(tuple(licensed), tuple(refused))


def check_states(asked: Sequence[str]) -> None:
    """Raise `Invalid` where a code is no state's."""
    known = set(State.objects.values_list("code", flat=True))
    faults = [
        FieldFault(f"/states/{place}", "unknown_state", "There is no such state.")
        for place, code in enumerate(asked)
        if code not in known
    ]
    if faults or not asked:
        raise Invalid("unknown_state", "Name states by their two letters.", faults)


def not_licensed(refused: Sequence[Refused], action: Action) -> Denied:
    """Return the refusal that names each field, its group and the missing grant."""
    missing = [gap for one in refused for gap in one.missing()]
    named = sorted(
        {f"{gap['field']} ({gap['group']})" for gap in missing if gap["field"]}
    )
    if named:
        detail = f"No grant in force lets you {action.value} by {', '.join(named)}."
        return Denied("field_not_licensed", detail, extra={"missing": missing})
    detail = f"No grant in force lets you {action.value} voters here."
    return Denied("state_not_licensed", detail, extra={"missing": missing})


def check_fields(
    names: Sequence[str], license_: License, *, pointer: str = "/fields"
) -> tuple[Field, ...]:
    """Return the named fields that answers can show; raises `Invalid` or `Denied`."""
    wanted, faults = {}, []
    for place, name in enumerate(names):
        try:
            wanted[name] = _shown_field(name)
        except UnknownField as unknown:
            where = f"{pointer}/{place}"
            faults.append(FieldFault(where, "unknown_field", str(unknown)))
    if faults:
        raise Invalid("unknown_field", faults[0].detail, faults)
    lacking = tuple(one for one in wanted.values() if one.group not in license_.groups)
    if lacking:
        refused = Refused(
            license_.state, "field_not_licensed", license_.action, lacking
        )
        raise not_licensed([refused], license_.action)
    return tuple(wanted.values())


def _shown_field(name: str) -> Field:
    found = standard_field(name)
    if not found.exportable:
        raise UnknownField(name)
    return found


def showable(license_: License) -> tuple[Field, ...]:
    """Return every field that answers about a state can show under this license."""
    return tuple(
        one
        for group in Group
        if group in license_.groups
        for one in fields_of(group)
        if one.exportable
    )


def _as_wide(ours: Grant, theirs: Grant, group: Group) -> bool:
    if group.value not in ours.groups:
        return False
    if ours.whole_state:
        return True
    return not theirs.whole_state and all(
        _parts(theirs, kind) <= _parts(ours, kind) for kind in GEOGRAPHY
    )


def _parts(grant: Grant, kind: str) -> set[Any]:
    return set(getattr(grant, kind))
