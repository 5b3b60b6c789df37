"""Rules about the shape of the code that no linter checks."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ("api", "benchmarks", "coop", "states", "tests")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
SAY_NOTHING = {"utils", "helpers", "common", "core", "base", "services", "managers"}
NAMED_BY_DJANGO = {
    "coop/db/engine/base.py",  # a database engine's module has this name
    "coop/embedded/management/commands/services.py",  # the name of the command
}


@cache
def _files() -> tuple[Path, ...]:
    found = (
        path
        for package in PACKAGES
        for path in (settings.BASE_DIR / package).rglob("*.py")
    )
    return tuple(sorted(path.relative_to(settings.BASE_DIR) for path in found))


def _tree(path: Path) -> ast.Module:
    return ast.parse((settings.BASE_DIR / path).read_text())


def _is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def _is_declaration(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell a layout's declaration, one value and no step, from code."""
    is_layout = path.parts[:2] == ("states", "layouts")
    return is_layout and [type(one) for one in node.body] == [ast.Return]


def test_there_is_code_to_judge() -> None:
    assert len(_files()) > 100


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    written = [path for path in _files() if not _is_migration(path)]
    texts = {str(path): (settings.BASE_DIR / path).read_text() for path in written}
    lengths = {path: len(text.splitlines()) for path, text in texts.items()}
    assert {p: length for p, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    functions = {
        f"{path}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in _files()
        if path.parts[0] != "tests"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not _is_declaration(path, node)
    }
    assert {
        name: lines for name, lines in functions.items() if lines > LONGEST_FUNCTION
    } == {}


def test_each_module_says_what_belongs_in_it() -> None:
    silent = [
        str(path)
        for path in _files()
        if not _is_migration(path)
        and (tree := _tree(path)).body
        and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {
        str(path) for path in _files() if SAY_NOTHING & {*path.parts[:-1], path.stem}
    }
    assert named - NAMED_BY_DJANGO == set()


@pytest.mark.parametrize("exception", sorted(NAMED_BY_DJANGO))
def test_an_exception_that_is_no_longer_needed_is_noticed(exception: str) -> None:
    assert Path(exception) in _files()
