"""Tests of what changes by the hour: contacts as the visible audiences tell them, and suppressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pyroaring import BitMap

from states.canvass.published import KnownQuestion
from states.facets.live import LiveView
from states.facets.sliced import Sliced
from states.fields.answers import PREFIX as ANSWER
from states.fields.codes import SUPPRESSIONS
from states.fields.definition import Operator
from states.targeting.codes import ACTIVIST_CODE
from states.targeting.columns import NUMBERED
from states.targeting.criteria import Comparison
from states.targeting.splits import NOBODY, Split, compared, kept_number


def live_split(
    test: Comparison, view: LiveView, everyone: BitMap, as_of: dt.date
) -> Split:
    """Return whom a test of a live field is true of; `as_of` is the day that days back are counted from."""
    name, value = test.field.name, test.value
    if name == "suppressions":
        return _suppressed(test, view, everyone)
    if test.op is Operator.KNOWN:
        known = everyone if name == "attempts" else view.known(name)
        return Split(known if value else everyone - known, everyone)
    if words := NUMBERED.get(name):
        named: Any = value if isinstance(value, tuple) else (value,)
        having = [view.having(name, str(words.number(one))) for one in named]
        return Split(BitMap.union(*having), view.known(name))
    return _ordered(test, ordered_live(name, view, everyone), everyone, as_of)


def coded_split(
    test: Comparison, codes: Iterable[UUID], view: LiveView, everyone: BitMap
) -> Split:
    """Return whom a test of the caller's own activist codes is true of; it is known of everyone."""
    if test.op is Operator.KNOWN:
        some, told = view.known(ACTIVIST_CODE), test.value is True
    else:
        held = [view.having(ACTIVIST_CODE, str(one)) for one in codes]
        some = BitMap.union(*held) if held else NOBODY
        told = test.op is Operator.HAS
    return Split(some if told else everyone - some, everyone)


def answer_split(
    test: Comparison, question: KnownQuestion, view: LiveView, everyone: BitMap
) -> Split:
    """Return whom a test of the newest answer to a published question is true of."""
    name = answers_of(question)
    known = view.known(name)
    if test.op is Operator.KNOWN:
        return Split(known if test.value else everyone - known, everyone)
    value: Any = test.value
    wanted = value if isinstance(value, tuple) else (value,)
    having = [view.having(name, str(question.response(one))) for one in wanted]
    return Split(BitMap.union(*having), known)


def answers_of(question: KnownQuestion) -> str:
    """Return the name under which a view has the answers to a question, each by its id."""
    return f"{ANSWER}{question.id}"


def ordered_live(name: str, view: LiveView, everyone: BitMap) -> Sliced:
    """Return a live field as an ordered one; who was never contacted has no attempts."""
    sliced = view.sliced(name)
    return Sliced(everyone, sliced.digits) if name == "attempts" else sliced


def _ordered(
    test: Comparison, ordered: Sliced, everyone: BitMap, as_of: dt.date
) -> Split:
    if test.op is Operator.WITHIN_DAYS:
        # Of a voter never contacted it is known that it was not within these days.
        since = kept_number(as_of - dt.timedelta(days=int(test.value)))  # type: ignore[arg-type]
        return Split(ordered.known - ordered.below(since), everyone)
    return Split(compared(ordered, test.op, test.value, kept_number), ordered.known)


def _suppressed(test: Comparison, view: LiveView, everyone: BitMap) -> Split:
    value: Any = test.value
    wanted = SUPPRESSIONS if test.op is Operator.KNOWN else value
    held = [view.having("suppressions", str(SUPPRESSIONS.index(one))) for one in wanted]
    some = BitMap.union(*held) if held else NOBODY
    told = test.op is Operator.HAS or (test.op is Operator.KNOWN and value)
    return Split(some if told else everyone - some, everyone)
