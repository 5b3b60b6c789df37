"""Scores as fields: each set that a caller may know of is one, named `score:<set>`, beside the standard ones.

Which sets there are is known in a caller's scope alone; here is only how they are named.
"""

from __future__ import annotations

import re
from typing import Final

from states.fields.definition import Field, Group, Kind, declare

PREFIX: Final = "score:"
SET_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""What a set may be called by its uploader."""
_NAME: Final = re.compile(r"score:[a-z0-9_]{1,130}(\.[a-z0-9_]{1,40}){0,2}")


def is_score(name: str) -> bool:
    """Tell whether a field's name is that of a score, whether there is such a set or not."""
    return name.startswith(PREFIX)


def score_field(name: str, label: str = "", description: str = "") -> Field | None:
    """Return the field of a score by its name, None for a name that no set can have.

    Values are numbers, or for sets of labels texts. One's own numbers can single a voter
    out, so criteria on them need a license to read.
    """
    if not _NAME.fullmatch(name):
        return None
    return declare(
        Group.SCORES,
        Kind.NUMBER,
        name,
        label or name.removeprefix(PREFIX),
        description,
        column=None,
        identifying=True,
    )
