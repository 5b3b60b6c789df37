"""Reading ahead: the next item is made on a thread while the last one is used.

Polars works without Python's lock, so two stages of the parser keep two processors busy.
"""

import threading
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import TypeVar

_PATIENCE_SECONDS = 0.1

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _End:
    """What a thread leaves at the end: the error that ended it, if one did."""

    error: BaseException | None = None


def ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield the items of a generator that runs on a thread, one item ahead.

    What it raises is raised here. Closing this generator closes that one, once it
    has come to the end of the item it is at.
    """
    queue: Queue[Item | _End] = Queue(maxsize=1)
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(items, queue, stopped), daemon=True)
    thread.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error:
            raise item.error
    finally:
        stopped.set()
        with suppress(Empty):
            queue.get_nowait()
        thread.join()


def _run(
    items: Generator[Item, None, None],
    queue: Queue[Item | _End],
    stopped: threading.Event,
) -> None:
    end = _End()
    try:
        with closing(items):
            for item in items:
                if not _put(item, queue, stopped):
                    return
    except BaseException as error:  # noqa: BLE001  # raised where it is waited for
        end = _End(error)
    _put(end, queue, stopped)


def _put(
    item: Item | _End, queue: Queue[Item | _End], stopped: threading.Event
) -> bool:
    """Wait until there is room; false if nobody takes anything any more."""
    while not stopped.is_set():
        with suppress(Full):
            queue.put(item, timeout=_PATIENCE_SECONDS)
            return True
    return False
