"""Decisions on questions: what a license to count alone does not cover."""

from __future__ import annotations

from collections.abc import Sequence

from coop.actors import Action
from states.fields.definition import Field
from states.targeting.licensing import (
    Choice,
    License,
    Refused,
    identifying_criteria,
)


def without_identifying(
    choice: Choice, exact: Sequence[License], identifying: Sequence[Field]
) -> Choice:
    """Refuse criteria on identifying fields in the states that may be counted, not read.

    `exact` are the licenses that open every row that may be counted. Raises `Denied`
    (`identifying_criteria`) where no state remains.
    """
    exactly = {one.state for one in exact}
    rounded = [one for one in choice.licensed if one.state not in exactly]
    if not identifying or not rounded:
        return choice
    refused = tuple(
        Refused(one.state, "identifying_criteria", Action.READ, tuple(identifying))
        for one in rounded
    )
    if not exact:
        raise identifying_criteria(refused)
    kept = tuple(one for one in choice.licensed if one.state in exactly)
    return Choice(kept, (*choice.refused, *refused))
