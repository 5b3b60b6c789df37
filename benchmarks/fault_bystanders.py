"""Who else depends on a house while it is being torn at: a webhook's receiver, and someone who orders exports."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from benchmarks.running_house import PATIENCE_SECONDS, House, behind_the_walls, one
from coop.actors import Action
from coop.db.scope import acting_as
from states.webhooks.actions import create_endpoint

RETRY_SECONDS: Final = 0.2
ORDER_SECONDS: Final = 3.0
BEHIND: Final = (
    "SELECT count(*) FROM webhooks_line AS l WHERE l.message IS NOT NULL OR l.position <"
    " (SELECT coalesce(max(f.seq), 0) FROM feeds_change AS f WHERE f.state = l.state)"
)


@dataclass(slots=True)
class Hooked:
    """A receiver of the state party's webhook, which reads from each message's cursor.

    `told` are the contacts that it learned of so; `again` counts messages that came twice, and
    `forged` those whose signature is none.
    """

    house: House
    secret: str = ""
    told: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    again: int = 0
    forged: int = 0
    came: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)

    def take(self, headers: dict[str, str], body: str) -> None:
        """Take a message in; what it tells of is read later."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return
        self.again += headers["webhook-id"] in self.messages
        self.messages.add(headers["webhook-id"])
        self.came.put(json.loads(body)["data"]["after"])

    def read_on(self) -> None:
        """Read what messages tell of, until there is a None among them."""
        with httpx.Client(timeout=20) as client:
            while (cursor := self.came.get()) is not None:
                while following := self._page(client, cursor):
                    cursor = following

    def _page(self, client: httpx.Client, cursor: str) -> str | None:
        """Read a page, however long that takes; return the cursor to the next, None at the end."""
        asked = {"state": "OH", "limit": "1000", "after": cursor}
        page = _asked(
            client, "GET", f"{self.house.url}/v1/changes", self.house, params=asked
        )
        self.told |= {
            str(one["contact"]) for one in page["results"] if one["kind"] == "contact"
        }
        return str(page["next"]) if page["results"] else None

    def wait_until_told(self) -> None:
        """Wait until the sender has told of everything."""
        until = time.monotonic() + PATIENCE_SECONDS
        with behind_the_walls() as database:
            while one(database, BEHIND):
                if time.monotonic() > until:
                    raise TimeoutError("The webhook is not told of everything.")
                time.sleep(0.2)


@contextmanager
def hooked(house: House) -> Iterator[Hooked]:
    """Listen for the state party's webhook; at the end wait until all was told and read."""
    hook = Hooked(house)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            hook.take({n.lower(): v for n, v in self.headers.items()}, body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/"
    owner = house.owner.actor
    with acting_as(owner, Action.MANAGE):
        hook.secret = create_endpoint(url=url, states=["OH"], by=owner)[1]
    reader = threading.Thread(target=hook.read_on)
    listener = threading.Thread(target=server.serve_forever, daemon=True)
    reader.start()
    listener.start()
    try:
        yield hook
    finally:
        hook.came.put(None)
        reader.join()
        server.shutdown()
        server.server_close()


@dataclass(slots=True)
class Orderer:
    """Orders prepared exports of all voters for the state party, one after the other."""

    house: House
    going_on: Callable[[], bool]
    links: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Order until told to stop."""
        with httpx.Client(timeout=20) as client:
            everyone = {"name": "Everyone", "kind": "live", "criteria": {"all": []}}
            wanted = everyone | {"states": ["OH"]}
            saved = _asked(
                client, "POST", f"{self.house.url}/v1/lists", self.house, json=wanted
            )["id"]
            order = {"list": saved, "columns": ["state_voter_id"], "prepare": True}
            while self.going_on():
                made = _asked(
                    client,
                    "POST",
                    f"{self.house.url}/v1/exports",
                    self.house,
                    json=order,
                )
                if "link" in made:  # else as many wait already as may
                    self.links[made["id"]] = made["link"]
                time.sleep(ORDER_SECONDS)

    def broken(self) -> int:
        """Wait until all are prepared; return how many do not hold every voter once."""
        wanted = len(self.house.voters)
        with httpx.Client(timeout=20) as client:
            for id_ in self.links:
                self._wait(client, id_)
            files = [client.get(link).text for link in self.links.values()]
        rows = [text.splitlines()[1:] for text in files]
        return sum(len(one) != wanted or len(set(one)) != wanted for one in rows)

    def _wait(self, client: httpx.Client, id_: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        address = f"{self.house.url}/v1/exports/{id_}"
        while _asked(client, "GET", address, self.house)["status"] != "complete":
            if time.monotonic() > until:
                raise TimeoutError("An export that was ordered is not prepared.")
            time.sleep(RETRY_SECONDS)


def _asked(
    client: httpx.Client, method: str, address: str, house: House, **more: Any
) -> Any:
    """Return the answer of the state party's call as JSON; what the house fails is asked again."""
    headers = {"Authorization": f"Bearer {house.owner.key}"}
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = client.request(method, address, headers=headers, **more)
            if answer.status_code < 500:
                return answer.json()
        except (httpx.TransportError, ValueError):
            pass
        if time.monotonic() > until:
            raise TimeoutError(f"{method} {address} is not answered.")
        time.sleep(RETRY_SECONDS)
