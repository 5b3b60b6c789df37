"""The first import of a state: from uploaded file to published voters, with exact figures."""

from __future__ import annotations

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports.models import Status
from states.voters.models import (
    Demographics,
    Publication,
    Registration,
)
from tests.cast import Cast
from tests.imports.people import import_voters, people, person


def test_every_voter_of_the_file_is_published_with_exact_figures(ohio: Cast) -> None:
    voters = [*people(range(1, 51)), person(51, confidential=True)]
    run = import_voters(ohio.ohio, voters)
    assert run.status == Status.PUBLISHED, run.problem
    assert run.figures == {
        "rows": 51,
        "rejected": 0,
        "not_votes": 0,
        "votes_rows": 0,
        "in_scope": 0,
        "inserted": 51,
        "changed": 0,
        "unchanged": 0,
        "returned": 0,
        "moved": 0,
        "gone": 0,
        "confidential": 1,
        "newly_confidential": 1,
        "confidential_before": 0,
    }
    with acting_as(ohio.ohio, Action.READ):
        assert Registration.objects.filter(state="OH").count() == 51
        assert Demographics.objects.filter(state="OH").count() == 51
        newest = Publication.objects.filter(state="OH").latest("number")
        assert (newest.import_id, newest.figures) == (run.id, run.figures)
        assert run.publication == newest.number
