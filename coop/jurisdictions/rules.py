"""What a state's policy may say, and whose word it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from coop.actors import Actor
from coop.errors import Denied, FieldFault, Invalid
from coop.jurisdictions.models import (
    COUNT_ANSWERS,
    COUNT_THRESHOLDS,
    Purpose,
    State,
)

RECIPIENTS: Final = (
    "state_party",
    "national_committee",
    "campaign",
    "outside_group",
    "vendor",
)
"""The kinds of organization that a policy can name (organizations lie above this app)."""

LONGEST_TEXT: Final = 20_000


def check_owner(by: Actor, state: State) -> None:
    """Raise `Denied` unless the actor acts for the party that owns the state's data."""
    if state.owner is None or state.owner != by.organization:
        raise Denied(
            "not_state_owner",
            f"Only the party that owns the data of {state.code} may do this.",
            extra={"state": state.code},
        )


def check_policy_words(
    *, purposes: Sequence[str], recipients: Sequence[str], texts: dict[str, str]
) -> None:
    """Raise `Invalid` for a purpose or a kind of recipient that does not exist, or a text too long."""
    faults = [
        *_unknown("purposes", purposes, Purpose.values),
        *_unknown("recipients", recipients, RECIPIENTS),
        *(
            FieldFault(
                f"/{name}", "too_long", f"At most {LONGEST_TEXT} characters, no NUL."
            )
            for name, text in texts.items()
            if len(text) > LONGEST_TEXT or "\0" in text
        ),
    ]
    if faults:
        raise Invalid("policy_invalid", "The policy cannot be read.", faults)


@dataclass(frozen=True, slots=True)
class Counting:
    """What who may count but not read is told: no figure below the threshold, so many answers a month."""

    threshold: int = 20
    answers_month: int = 500

    def columns(self) -> dict[str, int]:
        """Return the values of a policy's columns."""
        return {
            "count_threshold": self.threshold,
            "count_answers_month": self.answers_month,
        }


FIRST_COUNTING: Final = Counting()


def check_counting(counting: Counting) -> None:
    """Raise `Invalid` for a threshold of counts, or answers a month, beyond what may be set."""
    given = {
        "count_threshold": (counting.threshold, COUNT_THRESHOLDS),
        "count_answers_month": (counting.answers_month, COUNT_ANSWERS),
    }
    faults = [
        FieldFault(f"/{name}", "out_of_range", f"{least} to {most}.")
        for name, (value, (least, most)) in given.items()
        if not least <= value <= most
    ]
    if faults:
        raise Invalid("policy_invalid", "The policy cannot be kept.", faults)


def _unknown(
    name: str, given: Sequence[str], known: Iterable[str]
) -> Iterable[FieldFault]:
    return (
        FieldFault(f"/{name}/{at}", "unknown_choice", f"Known: {', '.join(known)}.")
        for at, word in enumerate(given)
        if word not in known
    )
