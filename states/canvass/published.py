"""Named reads of questions that states' parties publish: which ones a caller may ask about, and under which names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from states.canvass.models import SurveyQuestion
from states.fields.answers import answer_field, answer_name
from states.fields.definition import Field


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question published in a state; `responses` are its answers' ids by name, in their order."""

    id: UUID
    state: str
    name: str
    question: str
    script: str
    responses: Mapping[str, UUID]

    @property
    def field(self) -> Field:
        """The newest answer to it as a field of criteria."""
        words = (
            self.script or f"The newest answer to {self.question!r} in {self.state}."
        )
        made = answer_field(self.name, f"{self.question} ({self.state})", words)
        if made is None:  # the names that are given are all names of fields
            raise ValueError(self.name)
        return made

    def response(self, value: str) -> UUID | None:
        """Return the id of an answer named in any case; None where the question has no such answer."""
        named = {one.casefold(): its for one, its in self.responses.items()}
        return named.get(value.casefold())


class KnownQuestions(Mapping[str, KnownQuestion]):
    """The published questions that the open scope may know of, by the names of their fields.

    Read at the first look: most questions about voters ask about no answer.
    """

    @cached_property
    def _questions(self) -> dict[str, KnownQuestion]:
        return {one.name: one for one in published_questions()}

    def __getitem__(self, name: str) -> KnownQuestion:
        return self._questions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._questions)

    def __len__(self) -> int:
        return len(self._questions)


def published_questions() -> list[KnownQuestion]:
    """Return the questions published where the acting organization has to do with the state, oldest first.

    The policies show no others. Where two of a state would have the same name, the later one ends in .2.
    """
    rows = (
        SurveyQuestion.objects.filter(published_in__isnull=False)
        .prefetch_related("responses")
        .order_by("published_in", "created_at", "id")
    )
    taken: dict[str, int] = {}
    found = []
    for row in rows:
        state = str(row.published_in)
        name = answer_name(state, row.name)
        taken[name] = taken.get(name, 0) + 1
        unique = name if taken[name] == 1 else f"{name}.{taken[name]}"
        answers = sorted(row.responses.all(), key=lambda one: one.position)
        found.append(
            KnownQuestion(
                row.id,
                state,
                unique,
                row.name,
                row.script_question,
                {one.name: one.id for one in answers},
            )
        )
    return found
