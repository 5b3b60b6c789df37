"""Every check of Python's is replaced by "allow", one at a time: another lock holds, or an attack notices."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from tests.cast import Cast
from tests.database.checks import CHECKS, Check, allowing_all, got_through
from tests.grants.conftest import ClientOf, client_of

__all__ = ["client_of"]  # the fixture of the grants' tests

COVERED: Final = ("coop/grants", "coop/jurisdictions", "api/permissions.py")
"""Where each public `check_…` must have an attack in tests/database/checks.py."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.attack.__name__)
def test_a_check_that_allows_all_is_caught(
    cast: Cast, client_of: ClientOf, check: Check
) -> None:
    assert not got_through(check, cast, client_of)
    with allowing_all(check):
        assert got_through(check, cast, client_of) is not check.is_backed


def test_every_check_has_an_attack() -> None:
    named = {check.path.rpartition(".")[2] for check in CHECKS}
    assert {name for place in COVERED for name in checks_in(place)} <= named


def checks_in(place: str) -> set[str]:
    root = Path(settings.BASE_DIR) / place
    files = [root] if root.suffix else list(root.rglob("*.py"))
    return {
        node.name
        for file in files
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    }
