"""Answers to questions that a state's party publishes, as fields: `answer:<state>.<question>`, beside the standard ones.

Which questions there are is known in a caller's scope alone; here is only how they are named.
"""

from __future__ import annotations

import re
from typing import Final

from states.fields.definition import Field, Group, Kind, declare

PREFIX: Final = "answer:"
_NAME: Final = re.compile(r"answer:[a-z]{2}\.[a-z0-9_]{1,120}(\.[0-9]{1,3})?")
_OTHERS: Final = re.compile(r"[^a-z0-9]+")


def is_answer(name: str) -> bool:
    """Tell whether a field's name is that of an answer, whether there is such a question or not."""
    return name.startswith(PREFIX)


def answer_name(state: str, question: str) -> str:
    """Return the field's name of a question published in a state."""
    words = _OTHERS.sub("_", question.lower()).strip("_") or "question"
    return f"{PREFIX}{state.lower()}.{words[:120]}"


def answer_field(name: str, label: str = "", description: str = "") -> Field | None:
    """Return the field of an answer by its name, None for a name that no question can have.

    Answers are told of single voters by whoever pushed them, so criteria on them need a license to read.
    """
    if not _NAME.fullmatch(name):
        return None
    return declare(
        Group.CONTACTS,
        Kind.CODE,
        name,
        label or name.removeprefix(PREFIX),
        description,
        column=None,
        identifying=True,
    )
