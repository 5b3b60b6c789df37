"""How long from 202 to visible: contacts at a sustained rate, watched for in the feed, a list and a count."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice
from typing import Any, Final
from uuid import UUID

import httpx

from benchmarks.running_house import House, Member

BATCH: Final = 50
"""Contacts a push: what an outside group's own service gathers in a fraction of a second."""
PUSHERS: Final = 8
"""A push waits for its answer: so many at once let the rate be reached where answers take long."""
LOOK_AGAIN_SECONDS: Final = 0.05
"""Whoever looks without a pause takes the processor from those whom it measures."""
PATIENCE_SECONDS: Final = 60
MARKED: Final = {"field": "support", "op": "eq", "value": 5}
"""Markers alone are told with this support, so that a count or a list shows when one arrives."""
_numbers = count(1)


@dataclass(slots=True)
class Watch:
    """What was acknowledged when, and seen when, in milliseconds apart."""

    house: House
    acknowledged: dict[str, float] = field(default_factory=dict)
    fed: dict[str, float] = field(default_factory=dict)
    in_count: list[float] = field(default_factory=list)
    in_list: list[float] = field(default_factory=list)
    markers: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def milliseconds(self, ids: list[str] | None = None) -> list[float]:
        """Return how long the feed took for these contacts, by default for all."""
        wanted = self.acknowledged if ids is None else ids
        return [
            max(0.0, (self.fed[one] - self.acknowledged[one]) * 1000)
            for one in wanted
            if one in self.fed
        ]

    @property
    def samples(self) -> list[float]:
        """Return the markers' times in the feed, the list and the count, all together."""
        return self.milliseconds(self.markers) + self.in_count + self.in_list


def watch(house: House, rate: int, seconds: float, first: int) -> tuple[Watch, float]:
    """Push at a rate for so long; return what was seen, and the rate that was reached.

    Markers are about voters from number `first` on, whom nobody else is told of.
    """
    seen = Watch(house)
    saved = _save_list(house)
    cursor = _to_the_end(house)
    pace = Pace(rate / BATCH)
    threads = [
        threading.Thread(target=_push, args=[seen, member, pace])
        for member in islice(cycle(house.members), PUSHERS)
    ]
    threads.append(threading.Thread(target=_follow, args=[seen, cursor]))
    began = time.monotonic()
    with _all_running(threads, seen):
        _mark(seen, saved, first, began + seconds)
        pushed, took = len(seen.acknowledged), time.monotonic() - began
    return seen, pushed / took


@contextmanager
def _all_running(threads: list[threading.Thread], seen: Watch) -> Iterator[None]:
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        seen.over.set()
        for thread in threads:
            thread.join()


class Pace:
    """Tells each of several threads when its next call is due."""

    def __init__(self, calls_per_second: float) -> None:
        self._apart = 1 / calls_per_second
        self._due = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for one's turn; calls that came too late are made at once."""
        with self._lock:
            due, self._due = self._due, self._due + self._apart
        time.sleep(max(0.0, due - time.monotonic()))


def body(voter: UUID, **more: Any) -> dict[str, Any]:
    """Return a contact as clients push it."""
    told = more if "support" in more else {"result_code": "not_home"} | more
    return {
        "event_id": f"ingest-{next(_numbers)}",
        "voter": f"OH-{voter.hex}",
        "contact_type": "walk",
    } | told


def headers_of(member: Member) -> dict[str, str]:
    """Return what shows who calls."""
    return {"Authorization": f"Bearer {member.key}"}


def _push(seen: Watch, member: Member, pace: Pace) -> None:
    voters = seen.house.voters[len(seen.house.voters) // 2 :]
    turn = count(hash(member.key) % len(voters))
    with httpx.Client(headers=headers_of(member), timeout=30) as client:
        while not seen.over.is_set():
            pace.wait()
            contacts = [body(voters[next(turn) % len(voters)]) for _ in range(BATCH)]
            answer = client.post(
                f"{seen.house.url}/v1/contacts", json={"contacts": contacts}
            )
            _note(seen, answer)


def _note(seen: Watch, answer: httpx.Response) -> list[str]:
    now = time.monotonic()
    answer.raise_for_status()
    told = answer.json()["results"]
    assert {one["verdict"] for one in told} == {"accepted"}, told
    ids = [str(one["id"]) for one in told]
    seen.acknowledged |= dict.fromkeys(ids, now)
    return ids


def _follow(seen: Watch, cursor: str) -> None:
    """Read the owner's feed as it grows, and a little longer than it does."""
    with httpx.Client(headers=headers_of(seen.house.owner), timeout=30) as client:
        linger: float | None = None
        while linger is None or time.monotonic() < linger:
            page = _page(client, seen.house, cursor)
            now, cursor = time.monotonic(), page["next"]
            for one in page["results"]:
                seen.fed.setdefault(one["contact"], now)
            if not page["results"]:
                time.sleep(LOOK_AGAIN_SECONDS)
            if seen.over.is_set() and linger is None:
                linger = time.monotonic() + 3


def _page(client: httpx.Client, house: House, cursor: str) -> Any:
    asked = {"state": "OH", "limit": "1000"} | ({"after": cursor} if cursor else {})
    return client.get(f"{house.url}/v1/changes", params=asked).raise_for_status().json()


def _to_the_end(house: House) -> str:
    cursor = ""
    with httpx.Client(headers=headers_of(house.owner), timeout=30) as client:
        while True:
            page = _page(client, house, cursor)
            cursor = str(page["next"])
            if not page["results"]:
                return str(cursor)


def _save_list(house: House) -> str:
    wanted = {"name": f"Marked {next(_numbers)}", "kind": "live", "criteria": MARKED}
    answer = httpx.post(
        f"{house.url}/v1/lists",
        json=wanted | {"states": ["OH"]},
        headers=headers_of(house.owner),
        timeout=30,
    )
    return str(answer.raise_for_status().json()["id"])


def _mark(seen: Watch, saved: str, first: int, until: float) -> None:
    """Push one marker after the other, each once the one before is in the count and the list.

    Two look for it side by side, one at the count and one at the list.
    """
    member = seen.house.members[0]
    with httpx.Client(timeout=30) as client, ThreadPoolExecutor(2) as pool:
        known = _counted(client, seen.house)
        for voter in seen.house.voters[first:]:
            if time.monotonic() > until:
                return
            answer = client.post(
                f"{seen.house.url}/v1/contacts",
                json=body(voter, support=5),
                headers=headers_of(member),
            )
            seen.markers += _note(seen, answer)
            known += 1
            counted = partial(_is_counted, client, seen.house, known)
            listed = partial(_is_listed, client, seen.house, saved, voter)
            waits = [pool.submit(_milliseconds_until, one) for one in (counted, listed)]
            seen.in_count.append(waits[0].result())
            seen.in_list.append(waits[1].result())


def _milliseconds_until(is_visible: Callable[[], bool]) -> float:
    """Ask again and again until it is so; return how long that took."""
    since = time.monotonic()
    while not is_visible():
        time.sleep(LOOK_AGAIN_SECONDS)
        if time.monotonic() - since > PATIENCE_SECONDS:
            raise TimeoutError("A contact is not visible after a minute.")
    return (time.monotonic() - since) * 1000


def _is_counted(client: httpx.Client, house: House, known: int) -> bool:
    return _counted(client, house) >= known


def _is_listed(client: httpx.Client, house: House, saved: str, voter: UUID) -> bool:
    return voter.hex in _listed(client, house, saved)


def _counted(client: httpx.Client, house: House) -> int:
    asked = {"criteria": MARKED, "states": ["OH"]}
    answer = client.post(
        f"{house.url}/v1/counts", json=asked, headers=headers_of(house.owner)
    )
    return int(answer.raise_for_status().json()["count"])


def _listed(client: httpx.Client, house: House, saved: str) -> str:
    answer = client.get(
        f"{house.url}/v1/lists/{saved}/voters",
        params={"limit": "500", "columns": "support"},
        headers=headers_of(house.owner),
    )
    return str(answer.raise_for_status().text)
