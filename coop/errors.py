"""The errors that the domain raises: each with a stable code and fields, none with HTTP in it.

What HTTP makes of them is decided in one place, at the edge. A code is part of the
public contract: it is documented in `docs/api.md` and never renamed.
"""

# ruff: noqa: N818 - errors are named for what happened, as the field reads them.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault of the input: where it is (a JSON pointer), its code, and what to do.

    `at` is the place inside a text that is at fault: line and column from 1, offset from 0.
    """

    pointer: str
    code: str
    detail: str
    at: Mapping[str, int] | None = None


@dataclass(eq=False)
class CoopError(Exception):
    """Something the caller must know: `code` is stable, `detail` is a sentence.

    `faults` name the places of the input that are at fault; `extra` holds further
    members of the answer, standard field names and figures only.
    """

    kind: ClassVar[str] = "error"
    code: str
    detail: str
    faults: Sequence[FieldFault] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Invalid(CoopError):
    """The input is wrong; sending the same again will fail again."""

    kind = "invalid"


class NotFound(CoopError):
    """There is no such thing, or the caller may not know that there is."""

    kind = "not_found"


class Denied(CoopError):
    """The caller is known, and may not do this under its role, scope or grants."""

    kind = "denied"


class Conflict(CoopError):
    """The thing is not in a state that allows this now."""

    kind = "conflict"


class Gone(CoopError):
    """It was there, and has ended for good: an expired link, a revoked export."""

    kind = "gone"


class TooLarge(CoopError):
    """The input is larger than the documented limit."""

    kind = "too_large"


class TooMany(CoopError):
    """The caller must wait: a throttle or a lock-out; `extra['retry_after']` is in seconds."""

    kind = "too_many"


class Unavailable(CoopError):
    """The service cannot do this now; `extra['retry_after']` is in seconds."""

    kind = "unavailable"


def not_found(what: str) -> NotFound:
    """Return the one answer for absent and hidden alike."""
    return NotFound("not_found", f"There is no such {what}.")
