"""The one registry of standard fields: names, groups, operators, facets.

Layouts take their targets from it, criteria their operators, exports their
columns and the API its documentation. Add a field here and nowhere else.
"""

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from states.fields.activity import BALLOTS, CONTACTS
from states.fields.answers import answer_field
from states.fields.definition import Facet, Field, Group, Kind, Operator
from states.fields.elsewhere import FIELDS_ELSEWHERE, NO_FIELDS
from states.fields.people import CONTACT_DETAILS, DEMOGRAPHICS, VOTE_HISTORY
from states.fields.registration import REGISTRATION
from states.fields.scores import score_field

__all__ = [
    "FIELDS",
    "Facet",
    "Field",
    "Group",
    "Kind",
    "Operator",
    "UnknownField",
    "field",
    "fields_of",
]

FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        declared.name: declared
        for declared in (
            *REGISTRATION,
            *DEMOGRAPHICS,
            *CONTACT_DETAILS,
            *VOTE_HISTORY,
            *BALLOTS,
            *CONTACTS,
        )
    }
)


class UnknownField(KeyError):  # noqa: N818  # reads as what happened
    """No field has this name; ``suggestions`` are the nearest ones, those ``also`` known to the caller too."""

    def __init__(self, name: str, also: Iterable[str] = ()) -> None:
        self.name = name
        known = [*also, *FIELDS]
        near = difflib.get_close_matches(name, known, n=3)
        self.suggestions = FIELDS_ELSEWHERE.get(name, tuple(near))
        super().__init__(name)

    def __str__(self) -> str:
        if self.name in NO_FIELDS:
            return f"There is no field named {self.name!r}. {NO_FIELDS[self.name]}"
        near = ", ".join(self.suggestions)
        hint = f" Did you mean {near}?" if near else ""
        return f"There is no field named {self.name!r}.{hint}"


def field(name: str) -> Field:
    """Give the standard field of that name, a score's or an answer's; raises ``UnknownField``.

    Whether the caller may know of a score or a question is judged in its scope, not here.
    """
    found = FIELDS.get(name) or score_field(name) or answer_field(name)
    if found is None:
        raise UnknownField(name)
    return found


def fields_of(group: Group) -> tuple[Field, ...]:
    """Give a group's fields, in the order in which they are shown and exported."""
    return tuple(declared for declared in FIELDS.values() if declared.group is group)
