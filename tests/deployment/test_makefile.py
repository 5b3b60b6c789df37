"""`make install` says what is wrong with a Python, and is quick when nothing changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django.conf import settings

from tests.servers import clean_environment


def _make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=settings.BASE_DIR,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def _python(path: Path, version: str, code: int) -> Path:
    """Write a stand-in for an interpreter, which fails the check as an old one does."""
    path.write_text(
        f'#!/bin/sh\ncase "$1" in --version) echo {version};; *) exit {code};; esac\n'
    )
    path.chmod(0o755)
    return path


def test_an_old_python_is_refused_with_a_sentence(tmp_path: Path) -> None:
    old = _python(tmp_path / "python", "Python 3.9.2", 1)
    answer = _make("install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert answer.returncode != 0
    assert f"needs CPython 3.11 or newer; {old} is Python 3.9.2" in answer.stderr
    assert not (tmp_path / "venv").exists()


def test_nothing_is_installed_again_while_the_requirements_are_the_same(
    tmp_path: Path,
) -> None:
    requirements = (settings.BASE_DIR / "requirements-dev.txt").read_bytes()
    sums = subprocess.run(
        ["cksum"], input=requirements, capture_output=True, check=True
    )
    (tmp_path / f".requirements-{sums.stdout.decode().split()[0]}").touch()
    answer = _make("install", f"VENV={tmp_path}")
    assert answer.returncode == 0
    assert "Nothing to be done" in answer.stdout


def test_the_commands_are_listed() -> None:
    listed = _make("help").stdout.split()
    names = {"install", "demo", "smoke", "run", "test", "check", "bench"}
    assert names <= set(listed)
