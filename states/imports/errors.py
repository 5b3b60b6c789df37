"""What can stop an import, apart from what a caller is told by `coop.errors`."""

# ruff: noqa: N818 - errors are named for what happened.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ImportRefused(Exception):
    """The delivery cannot be read as its state's file: the import fails, with the reason.

    `code` is stable, `detail` a sentence; `files` has an object with `file`, `code` and
    `detail` for each file at fault.
    """

    def __init__(
        self, code: str, detail: str, files: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.files = list(files)

    def problem(self) -> dict[str, Any]:
        """Return the reason as it is kept and shown."""
        return {"code": self.code, "detail": self.detail, "files": self.files}


class LeaseLost(Exception):
    """Another worker has taken the import over, or it was canceled: leave it alone."""


class StagingLost(Exception):
    """What was staged is not all there (the database server crashed): begin again."""
