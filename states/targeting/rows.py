"""Voters as answers show them: licensed standard fields, and the names of those that are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from states.fields.definition import Field, Kind
from states.targeting.columns import NUMBERED
from states.targeting.compile import groups_shown
from states.targeting.scores import whole
from states.voters.ids import voter_id


@dataclass(frozen=True, slots=True)
class VoterRow:
    """One voter: `values` holds the licensed fields asked for, `denied` the names of the others."""

    state: str
    voter: UUID
    place: int
    values: dict[str, Any]
    denied: tuple[str, ...]

    def as_answer(self) -> dict[str, Any]:
        """Return the row as the API shows it."""
        return {
            "id": voter_id(self.state, self.voter),
            "state": self.state,
            **self.values,
            "denied_fields": list(self.denied),
        }


def read_row(
    state: str, row: Sequence[Any], fields: Sequence[Field], unlicensed: Iterable[str]
) -> VoterRow:
    """Return a row of `compile.page_statement` as a voter.

    A group whose row the policies hide for this voter makes its fields denied, not null;
    `unlicensed` are denied for every voter of the state.
    """
    groups = groups_shown(fields)
    voter, place, *rest = row
    seen = dict(zip(groups, rest[: len(groups)], strict=True))
    values, denied = {}, list(unlicensed)
    for field, value in zip(fields, rest[len(groups) :], strict=True):
        if seen.get(field.group, True):
            values[field.name] = _named(field, value)
        else:
            denied.append(field.name)
    return VoterRow(state, voter, place, values, tuple(denied))


def _named(field: Field, value: Any) -> Any:
    if field.kind is Kind.NUMBER:
        return whole(value)
    words = NUMBERED.get(field.name)
    return value if words is None or value is None else words.name(value)
