"""Which exports hold tracers: those of licensees in states whose party set them up, but for walks."""

from __future__ import annotations

from typing import Final

from coop.errors import Denied
from states.lists.models import Export, Format
from states.lists.ordering import WALK, Order
from states.lists.queries import Opened, figures_of
from states.lists.sending import Wanted
from states.targeting.criteria import groups_used, read_criteria
from states.tracers.lines import Shape
from states.tracers.positions import Copy
from states.tracers.queries import armed_states
from states.tracers.weaving import Weaver

WALKED: Final = "walk_list"
"""The preset by which people go from door to door: nobody is sent to an invented one."""


def is_walk(export: Export) -> bool:
    """Tell whether an export is made to go from door to door by, and so holds no tracers."""
    return export.preset == WALKED or export.order == WALK


def check_walk(export: Export, opened: Opened) -> None:
    """Refuse, in the open scope to export, a walk of more voters than a state's party lets out without tracers.

    Raises `Denied` (`walk_too_large`).
    """
    if not is_walk(export):
        return
    limits = {
        state: armed.points.walk_voters
        for state, armed in armed_states(list(opened.facts)).items()
        if armed.points.walk_voters is not None
    }
    for one in figures_of(opened) if limits else ():
        most = limits.get(one.state)
        if most is not None and one.count > most:
            raise Denied(
                "walk_too_large",
                f"{one.state} lets files for walking hold {most:,} voters at most, not {one.count:,}:"
                " split the list, or order it by id.",
                extra={"state": one.state, "most": most, "voters": one.count},
            )


def weaver_of(export: Export, opened: Opened, wanted: Wanted, fetch: int) -> Weaver:
    """Return what weaves the tracers of a download, in the open scope to export; it may weave none."""
    armed = {} if is_walk(export) else armed_states(list(opened.facts))
    asked = read_criteria(opened.saved.criteria)
    shape = Shape(
        json=wanted.format == Format.NDJSON,
        fields=wanted.columns,
        titles=wanted.titles,
        rests_on=frozenset(groups_used(asked)),
        as_of=opened.question.as_of,
        ordered_by=Order(export.order).score,
    )
    return Weaver(Copy(export.organization, export.id, fetch), shape, armed)
