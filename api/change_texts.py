"""Changes as JSON, read and encoded once for all of a process's readers.

A change is the same for whoever may see it, and never changes. Which numbers a reader may see
is asked in its own scope each time: this is handed numbers, and decides about none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Final

from api.change_shapes import shown_change
from api.stream_reader import encoded
from states.feeds.queries import changes_of

MOST: Final = 32_768
"""About 300 bytes each."""


class ChangeTexts:
    """What was encoded lately, by state and number. Used by several threads at once."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, int], bytes] = {}
        self._lock = Lock()

    def of(self, state: str, numbers: Sequence[int]) -> list[bytes]:
        """Return the changes of these numbers, all of which the open scope may see, in that order.

        Raises `KeyError` where it may see one of them no longer: the page is then read anew.
        """
        found = self._known(state, numbers)
        if None not in found:
            return [text for text in found if text is not None]
        with self._lock:  # whoever comes meanwhile finds what this one reads
            missing = [
                number for number in numbers if (state, number) not in self._texts
            ]
            fresh = {
                (state, change.seq): encoded(shown_change(change)).encode()
                for change in changes_of(state, missing)
            }
            known = self._texts
            texts = [fresh.get((state, n)) or known[state, n] for n in numbers]
            self._keep(fresh)
        return texts

    def _known(self, state: str, numbers: Sequence[int]) -> list[bytes | None]:
        known = self._texts
        return [known.get((state, number)) for number in numbers]

    def _keep(self, fresh: dict[tuple[str, int], bytes]) -> None:
        """Keep what is new, and forget what has been kept for longest."""
        too_many = len(self._texts) + len(fresh) - MOST
        for key in list(islice(self._texts, max(0, too_many))):
            del self._texts[key]
        self._texts |= fresh
