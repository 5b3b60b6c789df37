"""Which exports hold tracers: those of licensees in states whose party set them up, but for walks and other orders than by id."""

from __future__ import annotations

from typing import Final

from states.lists.models import Export, Format
from states.lists.ordering import Order
from states.lists.queries import Opened
from states.lists.sending import Wanted
from states.targeting.criteria import groups_used, read_criteria
from states.tracers.lines import Shape
from states.tracers.positions import Copy
from states.tracers.queries import armed_states
from states.tracers.weaving import Weaver

WALKED: Final = "walk_list"
"""The preset by which people go from door to door: nobody is sent to an invented one."""


def weaver_of(export: Export, opened: Opened, wanted: Wanted, fetch: int) -> Weaver:
    """Return what weaves the tracers of a download, in the open scope to export; it may weave none."""
    # Lines that do not ascend by id have no place for a tracer that could not be seen.
    is_apart = export.preset == WALKED or not Order(export.order).by_id
    armed = {} if is_apart else armed_states(list(opened.facts))
    asked = read_criteria(opened.saved.criteria)
    shape = Shape(
        json=wanted.format == Format.NDJSON,
        fields=wanted.columns,
        titles=wanted.titles,
        rests_on=frozenset(groups_used(asked)),
        as_of=opened.question.as_of,
    )
    return Weaver(Copy(export.organization, export.id, fetch), shape, armed)
