"""Who pushes and follows while a house is being torn at: they retry blindly and write down what was acknowledged."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx

from benchmarks.running_house import Member

RESULTS: Final = ("not_home", "refused", "busy", "left_message", None)
"""None: an answered contact, with support."""
RETRY_SECONDS: Final = 0.2
AGAIN: Final = frozenset({409, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Sent:
    """One event as it was sent, for the oracle."""

    event_id: str
    member: Member
    voter: UUID
    event_time: dt.datetime
    result: str | None
    support: int | None

    def body(self) -> dict[str, Any]:
        """Return it as clients push it."""
        told = {"support": self.support} if self.support else {}
        result = {"result_code": self.result} if self.result else {}
        return {
            "event_id": self.event_id,
            "voter": f"OH-{self.voter.hex}",
            "contact_type": "walk",
            "occurred_at": self.event_time.isoformat(),
        } | (told | result)


@dataclass(slots=True)
class Pusher:
    """A client that pushes for one organization until told to stop, and then until all is answered."""

    url: str
    member: Member
    voters: list[UUID]
    seed: int
    stop: threading.Event
    acknowledged: dict[str, tuple[Sent, str]] = field(default_factory=dict)
    refused: dict[str, Sent] = field(default_factory=dict)
    unanswered: dict[str, Sent] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    retries: int = 0
    _number: int = 0

    def run(self) -> None:
        """Push batches of one to twenty, some of them again, in any order of their own times."""
        invented = random.Random(self.seed)  # noqa: S311 - a benchmark's draw
        with httpx.Client(timeout=20) as client:
            while not self.stop.is_set():
                batch = [
                    self._event(invented) for _ in range(invented.randrange(1, 20))
                ]
                if self.acknowledged and invented.random() < 0.3:
                    batch.append(self._known(invented))
                if invented.random() < 0.2:
                    batch.append(batch[0])
                invented.shuffle(batch)
                self._push(client, batch)
                time.sleep(invented.random() * 0.05)

    def _event(self, invented: random.Random) -> Sent:
        self._number += 1
        result = invented.choice(RESULTS)
        # A second of its own for each event: times are kept in whole seconds.
        second = (self._number * 7919 % 50_000) * 16 + self.seed % 16
        moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
        support = invented.randrange(1, 6) if result is None else None
        name = f"{self.seed}-{self._number}"
        voter = invented.choice(self.voters)
        return Sent(name, self.member, voter, moment, result, support)

    def _known(self, invented: random.Random) -> Sent:
        return self.acknowledged[invented.choice(list(self.acknowledged))][0]

    def _push(self, client: httpx.Client, batch: list[Sent]) -> None:
        """Send one batch until it is answered; for a minute longer once told to stop."""
        body = {"contacts": [one.body() for one in batch]}
        headers = {"Authorization": f"Bearer {self.member.key}"}
        until: float | None = None
        while True:
            try:
                answer = client.post(
                    f"{self.url}/v1/contacts", json=body, headers=headers
                )
                if answer.status_code == 202:
                    return self._note(batch, answer.json()["results"])
                if answer.status_code not in AGAIN and not _raced(answer):
                    self.broken.append(f"{answer.status_code} {answer.text[:200]}")
                    return None
            except (httpx.TransportError, ValueError):
                pass
            self.retries += 1
            if self.stop.is_set():
                until = until or time.monotonic() + 60
                if time.monotonic() > until:
                    self.unanswered |= {one.event_id: one for one in batch}
                    return None
            time.sleep(RETRY_SECONDS)

    def _note(self, batch: list[Sent], results: list[dict[str, Any]]) -> None:
        for sent, result in zip(batch, results, strict=True):
            if result["verdict"] == "rejected":
                self.refused[sent.event_id] = sent
                continue
            before = self.acknowledged.setdefault(sent.event_id, (sent, result["id"]))
            if before[1] != result["id"]:
                self.broken.append(f"{sent.event_id} has two ids")


def _raced(answer: httpx.Response) -> bool:
    """Tell whether a license ended while the call was judged: nothing of it was kept; ask again."""
    return answer.status_code == 403 and answer.json().get("code") == "denied"


@dataclass(slots=True)
class Follower:
    """A client that follows the owner's feed through everything, by its cursor alone."""

    url: str
    key: str
    seen: list[str] = field(default_factory=list)
    _cursor: str = ""

    def follow(self, going_on: Callable[[], bool]) -> None:
        """Read on while told to, and then to the end."""
        with httpx.Client(timeout=20) as client:
            while going_on():
                if not self._page(client):
                    time.sleep(0.1)
            while self._page(client):
                pass

    def _page(self, client: httpx.Client) -> bool:
        """Read a page; tell whether there was anything. What fails is read again."""
        asked = {"state": "OH", "limit": "1000"} | (
            {"after": self._cursor} if self._cursor else {}
        )
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = client.get(f"{self.url}/v1/changes", params=asked, headers=headers)
            page = answer.json() if answer.status_code == 200 else None
        except (httpx.TransportError, ValueError):
            page = None
        if page is None:
            time.sleep(RETRY_SECONDS)
            return True
        self._cursor = page["next"]
        self.seen += [
            one["contact"] for one in page["results"] if one["kind"] == "contact"
        ]
        return bool(page["results"])
