"""`manage.py trace_leak FILE`: name the exports that a leaked file came from, for the state's party."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.actors import NOBODY, OPERATOR, Action, Actor, PrincipalKind
from coop.db.scope import acting_as
from coop.errors import NotFound
from coop.jurisdictions.models import State
from states.tracers.actions import trace_leak
from states.tracers.leaks import rows_of_file
from states.tracers.tracing import Suspect, Trace


class Command(BaseCommand):
    """Trace a file by the tracers in it. The state's party reads in its ledger that it was done."""

    help = "Name the exports that a leaked file (CSV, NDJSON, Parquet, also in gzip) came from."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and the state if it is not tried with every one that has tracers."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--state", type=str.upper)

    def handle(self, *args: Any, **options: Any) -> None:
        """Trace in each state asked about, and print what was found."""
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with acting_as(OPERATOR, Action.OPERATE):
            opened = State.objects.order_by("code")
            owners = {one.code: one.owner for one in opened if one.owner}
        states = [options["state"]] if options["state"] else list(owners)
        for state in states:
            if state not in owners:
                raise CommandError(f"{state} is not open.")
            by = Actor(owners[state], NOBODY, PrincipalKind.OPERATOR)
            try:
                found = trace_leak(state=state, rows=rows_of_file(file), by=by)
            except NotFound as error:
                if options["state"]:
                    raise CommandError(f"{state} never had tracers.") from error
            else:
                self.stdout.write(report(state, found))


def report(state: str, found: Trace) -> str:
    """Return what a trace found as text: the licensees named, with their exports, then how sure it is."""
    ways = ", ".join(f"{number} by {way}" for way, number in found.ways.items())
    lines = [
        f"{state}: {found.rows:,} rows, {found.tracers:,} tracers ({ways or 'none'})"
    ]
    named = [one for one in found.suspects if one.is_named]
    for one in named:
        lines += _of_suspect(one)
    if not named:
        lines.append("  Nobody is named: no export's own tracer, no code that fits.")
        lines += [_fit(one) for one in found.suspects[:3] if one.positions]
    if found.unreadable:
        lines.append(f"  {found.unreadable} chunks of the account could not be opened.")
    return "\n".join(lines)


def _of_suspect(one: Suspect) -> list[str]:
    proof = "its own tracers" if one.is_proven else "the code"
    lines = [f"  {one.name} ({one.organization}): named by {proof}", _fit(one)]
    for export in one.exports:
        if not (export.own_found or export.code_found):
            continue
        lines.append(
            f"    export {export.export} of {export.woven_at:%Y-%m-%d %H:%M} UTC:"
            f" {export.own_found} of {export.own} own tracers,"
            f" {export.code_found} of {export.code} of the code"
        )
    return lines


def _fit(one: Suspect) -> str:
    return (
        f"    {one.name}: code over {one.positions} positions, score {one.score:.1f}; an innocent"
        f" licensee fits as well with a chance of at most {one.chance:.1e}"
    )
