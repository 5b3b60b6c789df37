"""Every change of state is an action: keyword-only, by someone, told in one sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings

EXCEPTIONS = {
    "coop.ledger.actions.record": "the event leads, as in a log line; it is called inside actions",
    "states.lists.actions.use_of_rows": "says what the ledger is to say; changes nothing",
    "states.targeting.actions.use_of": "says what the ledger is to say; changes nothing",
    "coop.ledger.actions.record_stranger": "writes what happened before anyone was known",
}


@cache
def actions() -> dict[str, Callable[..., Any]]:
    """Return every public function of a module of actions, by its full name."""
    found: dict[str, Callable[..., Any]] = {}
    for package in ("coop", "states", "api"):
        for path in (settings.BASE_DIR / package).rglob("*actions.py"):
            dotted = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
            module = import_module(dotted)
            for name, one in vars(module).items():
                if (
                    inspect.isfunction(one)
                    and one.__module__ == dotted
                    and not name.startswith("_")
                ):
                    found[f"{dotted}.{name}"] = one
    return found


def test_there_are_actions() -> None:
    assert len(actions()) > 15


@pytest.mark.parametrize("name", sorted(set(actions()) - set(EXCEPTIONS)))
def test_an_action_is_keyword_only_and_takes_by(name: str) -> None:
    parameters = inspect.signature(inspect.unwrap(actions()[name])).parameters
    positional = [
        one.name
        for one in parameters.values()
        if one.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    assert positional == []
    assert "by" in parameters


@pytest.mark.parametrize("name", sorted(actions()))
def test_an_action_says_what_it_does(name: str) -> None:
    assert inspect.getdoc(actions()[name])


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_an_exception_that_is_no_longer_needed_is_noticed(name: str) -> None:
    assert name in actions()
