"""What the demo says in the terminal: one plain line a step, a bar where it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table


class Narrator:
    """Numbers the steps and prints them; `console` is where to."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._step = 0

    def step(self, text: str) -> None:
        """Say what happens next."""
        self._step += 1
        self.console.print(f"[bold]{self._step:2}.[/bold] {text}")

    def result(self, text: str) -> None:
        """Say what came of it."""
        self.console.print(f"    [green]→[/green] {text}")

    def bar(
        self, label: str, progress: Callable[[], tuple[int, int | None, bool]]
    ) -> None:
        """Draw a bar until `progress()` says that it is over.

        It returns how much is done, of how much (None: not known yet), and whether it is
        over; it may sleep.
        """
        columns = (
            SpinnerColumn(),
            TextColumn("    {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(
            *columns, console=self.console, transient=not self.console.is_terminal
        ) as bars:
            task = bars.add_task(label, total=None)
            over = False
            while not over:
                done, total, over = progress()
                bars.update(task, completed=done, total=total)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print a small table."""
        table = Table(*headings, box=None, pad_edge=True, padding=(0, 2))
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self.console.print(table)
