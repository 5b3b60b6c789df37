"""Columns under other names: accepted by a state's owner, remembered, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.imports.access import check_own_state
from states.imports.models import ColumnMapping
from states.layouts.binding import is_secret
from states.layouts.declaration import Variant
from states.layouts.vendors import variants_of


def mappings_of(state: str, using: str = "default") -> dict[str, dict[str, str]]:
    """Return the accepted names by layout: the file's name of a column → the declared one."""
    kept = ColumnMapping.objects.using(using).filter(state=state)
    return dict(kept.values_list("variant", "columns"))


def accept_columns(
    *, state: str, variant: str, columns: Mapping[str, str], by: Actor
) -> dict[str, str]:
    """Accept names for a layout's columns, from the next import on; none takes all back.

    Raises `NotFound` for a state of another owner, `Invalid` for a layout or column that
    there is not, for a name that is a column's own, and for one twice.
    """
    with acting_as(by, Action.IMPORT):
        check_own_state(state, by)
        check_columns(state, variant, columns)
        hold_lock(Lock.IMPORT_OF_STATE, f"columns of {state}")
        kept = ColumnMapping.objects.filter(state=state, variant=variant)
        before = kept.values_list("columns", flat=True).first()
        kept.delete()
        if columns:
            ColumnMapping(
                state=state,
                variant=variant,
                columns=dict(columns),
                changed_by=by.principal,
                changed_at=timezone.now(),
            ).save(force_insert=True)
        record(
            Event.COLUMNS_ACCEPTED,
            by=by,
            use=Use(state=state),
            detail={"layout": variant, "before": before, "after": dict(columns)},
        )
    return dict(columns)


def check_columns(state: str, variant: str, columns: Mapping[str, str]) -> None:
    """Raise `Invalid` with every fault of a mapping."""
    found = next(
        (one for one in variants_of(state) if one.name == variant and one.header), None
    )
    if found is None:
        raise Invalid(
            "layout_unknown", f"{state} has no layout {variant} with a header."
        )
    faults = list(_faults(found, columns))
    if faults:
        raise Invalid("invalid", "The mapping of columns has faults.", faults)


def _faults(variant: Variant, columns: Mapping[str, str]) -> Iterator[FieldFault]:
    own = {name.casefold() for name in variant.columns}
    taken: set[str] = set()
    for name, meant in columns.items():
        if meant not in variant.columns:
            yield _fault(name, "column_unknown", f"{variant.name} has no {meant}.")
        if meant in taken:
            yield _fault(name, "repeated", f"Two columns cannot both be {meant}.")
        if not name.strip() or name.casefold() in own:
            yield _fault(name, "column_taken", "The layout has a column of that name.")
        if is_secret(name):
            yield _fault(name, "column_secret", "Such a column is never read.")
        taken.add(meant)


def _fault(name: str, code: str, detail: str) -> FieldFault:
    pointer = name.replace("~", "~0").replace("/", "~1")
    return FieldFault(f"/columns/{pointer}", code, detail)
