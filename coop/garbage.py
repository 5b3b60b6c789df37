"""How often a long-lived process looks for objects that only point at each other."""

from __future__ import annotations

import gc
from typing import Final

NEW_OBJECTS: Final = 50_000
"""Objects that must have come, less those that went, before the newest are looked through."""


def settle() -> None:
    """Leave alone what was loaded at the start, and look through the rest seldom; call it once a process has loaded.

    A process that answers requests makes some thousands of short-lived objects for each, and by the
    interpreter's own numbers walks through all that Django and its libraries hold, every second,
    while every thread waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
