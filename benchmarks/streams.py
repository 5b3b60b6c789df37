"""How far behind open streams of changes are, and what they cost, while contacts arrive.

    python -m benchmarks.streams --json [--streams N] [--organizations N] [--statewide N] [--rate N]
                                 [--seconds S] [--web-processes N]

500 streams of 50 organizations by default, on one web process (each process reads for itself) of a
house of the benchmark's own, while contacts arrive at 1,000 a second (or as many as the machine
can: `reached`). Ten of the organizations are licensed for the whole state and hear of every pooled
contact, the others each for one of its 15 districts; `--statewide 50` lets all of them hear
everything, which on one machine measures how fast it copies bytes (`heard_per_second`). A stream's
lag is from the 202 of a contact to the arrival of its change: of each event the oldest change
counts. Memory is the web processes' own, before the streams are open and at the end, in megabytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx
import psutil

from benchmarks.running_house import House, Member, running_house
from benchmarks.visibility import BATCH, Pace, body, headers_of

PUSHERS: Final = 8
LINGER_SECONDS: Final = 5.0
LONGEST_EVENT: Final = 4 * 1024 * 1024
CONTACT: Final = re.compile(rb'"contact":"(OH-[0-9a-f]{32})"')
MEGABYTE: Final = 1 << 20


@dataclass(slots=True)
class Heard:
    """What was acknowledged when, and what each stream heard when."""

    acknowledged: dict[str, float] = field(default_factory=dict)
    heard: list[tuple[str, float]] = field(default_factory=list)
    changes: int = 0
    open: int = 0
    broken: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--organizations", type=int, default=50)
    parser.add_argument("--statewide", type=int, default=10)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--web-processes", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with running_house(
        organizations=options.organizations,
        voters=20_000,
        statewide=options.statewide,
        WEB_PROCESSES=str(options.web_processes),
    ) as house:
        figures = measure(house, options.streams, options.rate, options.seconds)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value}\n")
    return 0


def measure(house: House, streams: int, rate: int, seconds: float) -> dict[str, object]:
    """Open the streams, push for so long, and return every figure by name."""
    before, heard = _web_megabytes(house), Heard()
    listeners = threading.Thread(
        target=asyncio.run, args=[_listen(house, streams, heard)]
    )
    listeners.start()
    until = time.monotonic() + 120
    while heard.open + heard.broken < streams and time.monotonic() < until:
        time.sleep(0.1)
    opened, pace = heard.open, Pace(rate / BATCH)
    ends = time.monotonic() + seconds
    pushers = [
        threading.Thread(target=_push, args=[house, member, pace, ends, heard])
        for member in house.members[:PUSHERS]
    ]
    for one in pushers:
        one.start()
    for one in pushers:
        one.join()
    house.wait_until_drained()
    time.sleep(LINGER_SECONDS)
    after = _web_megabytes(house)
    heard.over.set()
    listeners.join()
    lags = [
        max(0.0, at - heard.acknowledged[contact]) * 1000
        for contact, at in heard.heard
        if contact in heard.acknowledged
    ]
    return {
        "streams": opened,
        "broken": heard.broken,
        "reached": round(len(heard.acknowledged) / seconds),
        "changes_heard": heard.changes,
        "heard_per_second": round(heard.changes / seconds),
        "lag_p50_ms": _percentile(lags, 50),
        "lag_p99_ms": _percentile(lags, 99),
        "web_mb_before": before,
        "web_mb_after": after,
    }


async def _listen(house: House, streams: int, heard: Heard) -> None:
    """Hold all streams open until told that it is over."""
    members = house.members
    tasks = [
        asyncio.create_task(_hear(house, members[at % len(members)], heard))
        for at in range(streams)
    ]
    while not heard.over.is_set():
        await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _hear(house: House, member: Member, heard: Heard) -> None:
    """Read one stream on a bare socket: an event is a page of changes, whose first one is the oldest.

    Nothing is parsed: five hundred parsing clients would be what is measured.
    """
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", house.port, limit=LONGEST_EVENT
        )
        asked = "GET /v1/changes/stream?state=OH HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        shown = "".join(f"{k}: {v}\r\n" for k, v in headers_of(member).items())
        writer.write(f"{asked}{shown}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            heard.broken += 1
            return
        heard.open += 1
        while event := await reader.readuntil(b"\n\n"):
            if oldest := CONTACT.search(event):
                heard.heard.append((oldest[1].decode(), time.monotonic()))
                heard.changes += event.count(b'"contact":"')
    except (OSError, asyncio.IncompleteReadError):
        heard.broken += 1


def _push(house: House, member: Member, pace: Pace, ends: float, heard: Heard) -> None:
    voters, at = house.voters, 0
    with httpx.Client(headers=headers_of(member), timeout=60) as client:
        while time.monotonic() < ends:
            pace.wait()
            contacts = [body(voters[(at + n) % len(voters)]) for n in range(BATCH)]
            at += BATCH
            answer = client.post(
                f"{house.url}/v1/contacts", json={"contacts": contacts}
            ).raise_for_status()
            now = time.monotonic()
            for one in answer.json()["results"]:
                heard.acknowledged[one["id"]] = now


def _web_megabytes(house: House) -> int:
    web = psutil.Process(house.started["web"].pid)
    every = [web, *web.children(recursive=True)]
    return round(sum(one.memory_full_info().uss for one in every) / MEGABYTE)


def _percentile(samples: Sequence[float], share: int) -> int | None:
    if not samples:
        return None
    ordered = sorted(samples)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)])


if __name__ == "__main__":
    sys.exit(main())
