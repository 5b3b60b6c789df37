"""What is done once a scope has ended, whatever became of it."""

from __future__ import annotations

import pytest
from django.db import connection

from coop.actors import Action
from coop.db.scope import acting_as, after_scope, current_scope
from tests.cast import Cast


def _told() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('coop.actor', true), '')")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("fails", [False, True])
def test_it_comes_once_after_the_outermost_scope_has_ended(
    cast: Cast, *, fails: bool
) -> None:
    done: list[tuple[bool, str]] = []

    def ask() -> None:
        with acting_as(cast.ohio, Action.MANAGE):
            with acting_as(cast.ohio, Action.READ):
                after_scope(lambda: done.append((current_scope() is None, _told())))
            assert done == []
            if fails:
                raise LookupError

    if fails:
        with pytest.raises(LookupError):
            ask()
    else:
        ask()
    assert done == [(True, "")]


def test_outside_any_scope_there_is_nothing_to_wait_for() -> None:
    with pytest.raises(RuntimeError, match="No scope"):
        after_scope(lambda: None)
