"""Tests of scores and of ballots: whom they are true of, and of whom the answer is known."""

from __future__ import annotations

from typing import Any

from pyroaring import BitMap

from states.facets.live import LiveView
from states.fields.definition import Operator
from states.scores.queries import KnownSet
from states.targeting.criteria import Comparison
from states.targeting.row_facets import HAS_BALLOT, Ranked
from states.targeting.splits import NOBODY, NotKept, Split, compared, kept_number


def score_split(
    test: Comparison, ranked: Ranked, known: KnownSet, everyone: BitMap
) -> Split:
    """Return whom a test of a score is true of; who has none is unknown."""
    having = ranked.ranks.known
    if test.op is Operator.KNOWN:
        return Split(having if test.value else everyone - having, everyone)
    value: Any = test.value
    wanted: Any = (
        tuple(known.number(one) for one in value)
        if isinstance(value, tuple)
        else known.number(value)
    )
    return Split(ranked.compared(test.op, wanted), having)


def ballot_split(
    test: Comparison, view: LiveView, election: str | None, everyone: BitMap
) -> Split:
    """Return whom a test of the ballots of one election is true of; who has none is unknown."""
    name, value = test.field.name, test.value
    known = view.known(name)
    if test.op is Operator.KNOWN:
        return Split(known if value else everyone - known, everyone)
    if name == "ballot_date":
        return Split(compared(view.sliced(name), test.op, value, kept_number), known)
    if test.op not in {Operator.EQ, Operator.IN}:
        raise NotKept(name)
    wanted: Any = value if isinstance(value, tuple) else (value,)
    if name == HAS_BALLOT:
        return Split(known if election in wanted else NOBODY, known)
    having = [view.having(name, str(one)) for one in wanted]
    return Split(BitMap.union(*having), known)
