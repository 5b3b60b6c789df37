"""What the acting organization may do with voters now, state by state: the second lock, judged before the third.

It reads the grants themselves; the policies in the database judge again, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from coop.actors import Action, Actor
from coop.errors import Denied, FieldFault, Invalid
from coop.grants.mirror import mirrored_permissions
from coop.grants.models import Grant
from coop.grants.queries import grants_in_force_of
from coop.grants.rules import GUARDIAN_PERMISSIONS
from coop.jurisdictions.models import PartyBasis, State
from states.canvass.published import KnownQuestions
from states.fields.answers import is_answer
from states.fields.definition import Field, Group
from states.fields.registry import FIELDS, UnknownField, field as standard_field
from states.fields.scores import is_score
from states.scores.queries import KnownSet, known_scores

GEOGRAPHY = (
    "counties",
    "us_house_districts",
    "state_senate_districts",
    "state_house_districts",
)


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

        An organization may always ask about its own contacts and scores; the policies
        decide whose it sees.
        """
        named = {Group(name) for grant in self.grants for name in grant.groups}
        if self.owned:
            named = set(Group)
        if Group.REGISTRATION not in named:
            return frozenset()
        return frozenset(named | {Group.CONTACTS, Group.SCORES})

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
        return [self._gap(told_name(one), one.group) for one in self.fields]

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
    by_state: dict[str, list[Grant]] = {}
    for grant in grants_in_force_of(by):
        if action.value in grant.actions:
            by_state.setdefault(grant.state_id, []).append(grant)
    states = State.objects.in_bulk()
    owned = {code for code, one in states.items() if one.owner == by.organization}
    permitted = {
        code
        for code in by_state
        if GUARDIAN_PERMISSIONS[action.value]
        in mirrored_permissions(state=states[code], organization=by.organization)
    }
    return {
        code: License(
            code,
            action,
            PartyBasis(states[code].party_basis),
            owned=code in owned,
            grants=tuple(by_state.get(code, ())),
        )
        for code in sorted(permitted | owned)
    }


def check_stands(
    held: Iterable[License], groups: Iterable[Group], *, by: Actor
) -> None:
    """Look again, at the end of an answer, whether the grants that it rests on are in force still.

    A statement that began before a revocation goes on as if there were none; what it found must
    not leave. Raises `Denied` (`license_changed`), inside the answer's own scope.
    """
    wanted = {one.id for license_ in held for one in license_.grants_for(groups)}
    if wanted and not wanted <= {one.id for one in grants_in_force_of(by)}:
        detail = "A license that the answer rests on ended while it was made."
        raise Denied("license_changed", detail)


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
        return Denied("field_not_licensed", detail, extra=_extra(missing))
    detail = f"No grant in force lets you {action.value} voters here."
    return Denied("state_not_licensed", detail, extra=_extra(missing))


def identifying_criteria(refused: Sequence[Refused]) -> Denied:
    """Return the refusal of criteria that find one person, where only counting is licensed."""
    names = sorted({told_name(one) for state in refused for one in state.fields})
    return Denied(
        "identifying_criteria",
        f"A license to count alone does not cover criteria on {', '.join(names)}.",
        extra=_extra([gap for state in refused for gap in state.missing()]),
    )


def told_name(field: Field) -> str:
    """Return a field's name as a refusal tells it: the state's owner reads it, and knows of no score set."""
    return "scores" if field.group is Group.SCORES else field.name


def _extra(missing: Sequence[Mapping[str, str | None]]) -> dict[str, Any]:
    """Return what the answer says beside its sentence; one state's owner reads it in its account."""
    states = {gap["state"] for gap in missing}
    extra: dict[str, Any] = {
        "missing": list(missing),
        "fields": sorted({str(gap["field"]) for gap in missing if gap["field"]}),
        "groups": sorted({str(gap["group"]) for gap in missing}),
    }
    return extra | ({"state": states.pop()} if len(states) == 1 else {})


def check_fields(
    names: Sequence[str], license_: License, *, pointer: str = "/fields"
) -> tuple[Field, ...]:
    """Return the named fields that answers can show, in the open scope; raises `Invalid` or `Denied`."""
    wanted, faults = {}, []
    scores = known_scores()
    for place, name in enumerate(names):
        try:
            wanted[name] = _shown_field(name, scores)
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


def _shown_field(name: str, scores: Mapping[str, KnownSet]) -> Field:
    found = standard_field(name)
    if is_score(name) and name not in scores:
        raise UnknownField(name, scores)
    if is_answer(name) and name not in (questions := KnownQuestions()):
        raise UnknownField(name, questions)
    if not found.exportable:
        raise UnknownField(name)
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """The fields that an answer shows, and the names that it denies since no grant covers them."""

    fields: tuple[Field, ...]
    unlicensed: tuple[str, ...] = ()


def shown_fields(license_: License, names: Sequence[str] | None) -> Shown:
    """Return what an answer about a state shows: the fields named, or (None) all that are licensed.

    Raises `Invalid` or `Denied` for names, as `check_fields` does.
    """
    if names is not None:
        return Shown(check_fields(names, license_))
    standard = [one for one in FIELDS.values() if one.exportable]
    return Shown(
        tuple(one for one in standard if one.group in license_.groups),
        tuple(one.name for one in standard if one.group not in license_.groups),
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
