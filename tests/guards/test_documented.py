"""What others rely on is written down: every event of the ledger, every code of an error."""

from __future__ import annotations

import ast
from functools import cache

from django.conf import settings

from api.authentication import SENTENCES
from api.problem_codes import KNOWN, REGISTRY, Known
from api.problems import DRF_CODES
from coop.ledger.events import Event

ERRORS = {
    "Invalid",
    "NotFound",
    "Denied",
    "Conflict",
    "Gone",
    "TooLarge",
    "TooMany",
    "Unavailable",
}
CODE_POSITION = dict.fromkeys(ERRORS, 0) | {"FieldFault": 1, "Problem": 1, "_fault": 1}


def _document(name: str) -> str:
    return (settings.BASE_DIR / "docs" / name).read_text()


def _codes_of(tree: ast.Module) -> set[str]:
    """Return the codes that the constructors of errors are called with, where they are literal."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        position = CODE_POSITION.get(node.func.id)
        if position is None or len(node.args) <= position:
            continue
        argument = node.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.add(argument.value)
    return found


@cache
def codes() -> set[str]:
    paths = [
        path
        for package in ("api", "coop", "states")
        for path in (settings.BASE_DIR / package).rglob("*.py")
    ]
    literal = {
        code for path in paths for code in _codes_of(ast.parse(path.read_text()))
    }
    named = {"not_authenticated", "csrf_failed", "invalid", "not_found"}
    return literal | named | set(SENTENCES) | set(DRF_CODES.values())


def test_there_are_codes() -> None:
    assert len(codes()) > 30


def test_every_code_of_an_error_is_known() -> None:
    assert sorted(codes() - set(KNOWN)) == []


def test_no_code_is_known_twice() -> None:
    assert len(KNOWN) == sum(len(one.codes.split()) for one in REGISTRY)


def test_the_table_of_codes_is_the_registrys() -> None:
    section = _document("api.md").split("\n### Codes\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [_row(one) for one in REGISTRY]


def _row(one: Known) -> str:
    words = " ".join(f"`{code}`" for code in one.codes.split())
    return f"| {words} | {one.meaning} |"


def test_every_event_of_the_ledger_is_documented() -> None:
    text = _document("ledger.md")
    assert [one.value for one in Event if f"`{one.value}`" not in text] == []


def test_an_event_that_is_documented_exists() -> None:
    section = _document("ledger.md").split("\n## Events\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert {line.split("`")[1] for line in rows} == {one.value for one in Event}
