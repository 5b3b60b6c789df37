"""Figures of contacts with the voters of a universe: criteria choose among the contacts that are read anyway."""

from __future__ import annotations

from psycopg import sql

from coop.actors import Action, Actor
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.canvass.summing import Period, Summary, sum_own, sum_pool
from states.targeting.actions import Question, use_of
from states.targeting.compile import Universe, voters_statement
from states.targeting.criteria import Criteria
from states.targeting.licensing import choose_states, licenses
from states.targeting.queries import facts_of, text_of


def sum_contacts(
    *, state: str, pooled: bool, period: Period, criteria: Criteria, by: Actor
) -> Summary:
    """Return the figures of contacts with voters whom criteria select today, in the open scope for reading.

    The organization's own contacts, or the pool's. Only voters who may be read are selected. Raises
    `Denied` where a field of the criteria, or the pool, is not licensed for reading, `Invalid` as criteria do.
    """
    question = Question(criteria, [state])
    choice = choose_states(
        question.states,
        licenses(by, Action.READ),
        question.fields,
        action=Action.READ,
    )
    facts = facts_of(choice.licensed, criteria, as_of=question.as_of)
    universe = voters_statement(Universe(criteria), facts[state])
    among = text_of(sql.SQL("SELECT u.voter FROM ({}) AS u").format(universe))
    summed = sum_pool if pooled else sum_own
    summary = summed(state=state, period=period, by=by, among=among)
    (license_,) = choice.licensed
    use = use_of(license_, question, rows=summary.voters)
    record(Event.VOTERS_COUNTED, by=by, use=use)
    return summary
