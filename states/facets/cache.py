"""What a process keeps of bitmaps: bounded by bytes, the longest unused going first.

A key names its content whole: state, version, the very places, group, field and value. Whoever
asks must have learned that key through row-level security in the same transaction.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final

from django.conf import settings


class BoundedCache:
    """A least-recently-used cache whose entries say how many bytes they hold."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.size = 0

    def get(self, key: Hashable) -> Any:
        """Return what is held under a key, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, content: Any, size: int) -> None:
        """Hold content of so many bytes, letting go of others; too large a one is not held."""
        with self._lock:
            self._drop(key)
            if size > settings.FACET_CACHE_BYTES:
                return
            self._held[key] = (content, size)
            self.size += size
            while self.size > settings.FACET_CACHE_BYTES:
                self._drop(next(iter(self._held)))

    def drop(self, key: Hashable) -> None:
        """Let go of one entry."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._held.clear()
            self.size = 0

    def _drop(self, key: Hashable) -> None:
        if found := self._held.pop(key, None):
            self.size -= found[1]


CACHE: Final = BoundedCache()
"""This process's own."""
ENTRY_BYTES: Final = 200
"""What an entry costs beside its bitmaps."""
