"""Every variable that the code reads is in the operator's table, and the table names no other."""

from __future__ import annotations

import re

from django.conf import settings


def _read_by_the_code() -> set[str]:
    text = (settings.BASE_DIR / "coop" / "settings.py").read_text()
    found = set(re.findall(r"env\.\w+\(\s*f?['\"]([A-Z_]+)['\"]", text))
    found |= set(re.findall(r'_guarding\("([A-Z_]+)"', text))
    found |= set(re.findall(r'"(\w*DATABASE_URL)"', text))
    gunicorn = (settings.BASE_DIR / "gunicorn.conf.py").read_text()
    found |= set(re.findall(r"environ\.get\(['\"]([A-Z_]+)", gunicorn))
    procfile = (settings.BASE_DIR / "Procfile").read_text()
    return found | set(re.findall(r"\$\{([A-Z_]+)", procfile))


def _in_the_table() -> set[str]:
    text = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    section = text.split("\n## Settings\n")[1].split("\n## ")[0]
    rows = [
        line.split("|")[1] for line in section.splitlines() if line.startswith("| `")
    ]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_the_table_of_settings_is_whole() -> None:
    assert _read_by_the_code() == _in_the_table()
