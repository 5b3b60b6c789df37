"""What the service imports is what requirements.in asks for, each with the reason why."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

OURS = {"api", "coop", "states"}


def _asked_for(name: str) -> dict[str, str]:
    """Return each distribution of a requirements file with its comment."""
    lines = (settings.BASE_DIR / name).read_text().splitlines()
    asked = [line for line in lines if line and not line.startswith(("#", "-r"))]
    parted = (line.partition("#") for line in asked)
    return {
        _canonical(re.split(r"[\[~=<> ]", what)[0]): why.strip()
        for what, _, why in parted
    }


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {
        alias.name
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def test_the_service_imports_only_what_it_asks_for() -> None:
    root = settings.BASE_DIR
    files = [root / "manage.py", root / "gunicorn.conf.py"]
    files += [path for package in OURS for path in (root / package).rglob("*.py")]
    imported = set().union(*(_imported(path) for path in files))
    foreign = imported - OURS - set(sys.stdlib_module_names)
    sources = packages_distributions()
    distributions = {_canonical(sources[name][0]) for name in foreign}
    assert distributions <= set(_asked_for("requirements.in"))


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_each_requirement_says_what_it_is_for(name: str) -> None:
    asked = _asked_for(name)
    assert len(asked) > 10
    assert [what for what, why in asked.items() if not why] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_each_locked_requirement_has_hashes(name: str) -> None:
    text = (settings.BASE_DIR / name).read_text()
    locked = re.findall(
        r"^[\w.-]+==.*?(?=^[\w.-]+==|\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert len(locked) > 30
    assert all("--hash=sha256:" in one for one in locked)
