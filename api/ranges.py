"""Ranges of bytes (RFC 9110, section 14): one range of a file that is whole; several are answered by all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes of an answer, from `start` to before `stop`; `whole` where no range was asked for."""

    start: int
    stop: int
    whole: bool = False


def part_of(headers: Mapping[str, str], *, size: int, tag: str) -> Part | None:
    """Return what a request asks for of a file of `size` bytes; None where no byte of it can be had.

    `tag` is the file's strong entity tag: with an `If-Range` that is another, all is sent.
    """
    whole = Part(0, size, whole=True)
    asked = _RANGE.fullmatch(headers.get("Range", "").strip())
    if asked is None or headers.get("If-Range", tag).strip() != tag:
        return whole
    first, last = asked.groups()
    if not first and not last:
        return whole
    if not first:
        start, stop = max(0, size - int(last)), size
        return Part(start, stop) if int(last) and size else None
    start, stop = int(first), min(size, int(last) + 1 if last else size)
    if last and int(last) < int(first):
        return whole
    return Part(start, stop) if start < size else None
