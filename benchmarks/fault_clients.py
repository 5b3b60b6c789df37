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

from benchmarks.fault_events import FIRST, Amended, Sent, draw_amendment, draw_told
from benchmarks.running_house import Member

RETRY_SECONDS: Final = 0.2
ACCEPTED: Final = 202
REFUSED: Final = frozenset({403, 404, 422})
"""How an amendment is answered while the license is gone."""
AGAIN: Final = frozenset({409, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Pusher:
    """A client that pushes for one organization until told to stop, and then until all is answered.

    `before` holds how many lifts had ended when a contact was first sent; `again` counts events that
    were put into a batch again, `out_of_order` those older than one sent before.
    """

    url: str
    member: Member
    voters: list[UUID]
    seed: int
    stop: threading.Event
    lifts_so_far: Callable[[], int]
    acknowledged: dict[str, tuple[Sent, str]] = field(default_factory=dict)
    refused: dict[str, Sent] = field(default_factory=dict)
    unanswered: dict[str, Sent] = field(default_factory=dict)
    amended: dict[str, Amended] = field(default_factory=dict)
    amendments: dict[str, str] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    retries: int = 0
    again: int = 0
    out_of_order: int = 0
    _newest: dt.datetime = FIRST
    _number: int = 0
    _over: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Push batches of one to twenty, some of them again, and set some contacts right."""
        invented = random.Random(self.seed)  # noqa: S311 - a benchmark's draw
        with httpx.Client(timeout=20) as client:
            while not self.stop.is_set():
                batch = [
                    self._event(invented) for _ in range(invented.randrange(1, 20))
                ]
                fresh = len(batch)
                if self.acknowledged and invented.random() < 0.3:
                    batch.append(self._known(invented))
                if invented.random() < 0.2:
                    batch.append(batch[0])
                self.again += len(batch) - fresh
                invented.shuffle(batch)
                self._push(client, batch)
                if self.acknowledged and invented.random() < 0.5:
                    self._amend(client, invented)
                time.sleep(invented.random() * 0.05)

    def _event(self, invented: random.Random) -> Sent:
        self._number += 1
        told = draw_told(invented, self._number, self.seed)
        voter, name = invented.choice(self.voters), f"{self.seed}-{self._number}"
        self.before[name] = self.lifts_so_far()
        self.out_of_order += told.event_time < self._newest
        self._newest = max(self._newest, told.event_time)
        return Sent(name, self.member, voter, told)

    def _known(self, invented: random.Random) -> Sent:
        return self.acknowledged[invented.choice(list(self.acknowledged))][0]

    def _push(self, client: httpx.Client, batch: list[Sent]) -> None:
        body = {"contacts": [one.body() for one in batch]}
        answer = self._answer(client, "/v1/contacts", body)
        if answer is None:
            self.unanswered |= {one.event_id: one for one in batch}
        elif answer.status_code != ACCEPTED:
            self.broken.append(f"{answer.status_code} {answer.text[:200]}")
        else:
            self._note(batch, answer.json()["results"])

    def _amend(self, client: httpx.Client, invented: random.Random) -> None:
        """Correct or retract a contact; one that may have been retracted is left alone."""
        sent = self._known(invented)
        if sent.event_id in self._over:
            return
        self._number += 1
        name = f"{self.seed}-a{self._number}"
        one = draw_amendment(invented, sent, name, self._number)
        self.amended[name] = one
        if one.told is None:
            self._over.add(sent.event_id)
        way = "corrections" if one.told else "retractions"
        contact = self.acknowledged[sent.event_id][1]
        path = f"/v1/contacts/{contact}/{way}"
        answer = self._answer(client, path, one.body())
        if answer is not None and answer.status_code == ACCEPTED:
            self.amendments[name] = answer.json()["id"]
        elif answer is not None and answer.status_code not in REFUSED:
            self.broken.append(f"{answer.status_code} {answer.text[:200]}")

    def _answer(
        self, client: httpx.Client, path: str, body: dict[str, Any]
    ) -> httpx.Response | None:
        """Send until it is answered; for a minute longer once told to stop, and then None."""
        headers = {"Authorization": f"Bearer {self.member.key}"}
        until: float | None = None
        while True:
            try:
                answer = client.post(self.url + path, json=body, headers=headers)
                whole = answer.json()
                if answer.status_code not in AGAIN and not _raced(answer, whole):
                    return answer
            except (httpx.TransportError, ValueError):
                pass
            self.retries += 1
            if self.stop.is_set():
                until = until or time.monotonic() + 60
                if time.monotonic() > until:
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


def _raced(answer: httpx.Response, problem: Any) -> bool:
    """Tell whether a license ended while the call was judged: nothing of it was kept; ask again."""
    return answer.status_code == 403 and problem.get("code") == "denied"


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
