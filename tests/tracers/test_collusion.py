"""Licensees who put their copies of a large file together are named, one at least, and nobody innocent ever.

The files are woven as exports are, over invented lines; only what the database would hold is kept in lists.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import pytest

from states.fields.registry import field as standard_field
from states.tracers import weaving
from states.tracers.account import Armed, Entry
from states.tracers.lines import Register, Shape
from states.tracers.people import Host
from states.tracers.points import Points
from states.tracers.positions import Copy
from states.tracers.tracing import Trace, judge
from states.tracers.weaving import Weaver
from tests.tracers.conftest import POINTS

VOTERS: Final = 12_000
CHUNK: Final = 4_000
SHAPE: Final = Shape(
    json=False,
    fields=tuple(standard_field(name) for name in ("first_name", "last_name")),
    titles=("first_name", "last_name"),
)
File = list[bytes]


@dataclass
class Chunk:
    """A chunk of the account."""

    export: UUID
    organization: UUID
    woven_at: dt.datetime


@dataclass
class House:
    """Lines of invented voters in order, a secret, and the account of what was woven."""

    points: Points
    coin: random.Random
    account: list[tuple[Chunk, list[Entry] | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = sorted(self.someone().hex for _ in range(VOTERS))
        self.armed = Armed(self.coin.randbytes(32), self.points)
        self.lines = [f"OH-{one},OH,ANN,SMITH\n".encode() for one in ids]

    def someone(self) -> UUID:
        return UUID(int=self.coin.getrandbits(128), version=4)

    def copy_for(self, licensee: UUID) -> File:
        """Return a licensee's copy of the file, woven chunk by chunk."""
        copy = Copy(licensee, self.someone(), 1)
        weaver = Weaver(copy, SHAPE, {"OH": self.armed})
        file: File = []
        for start in range(0, VOTERS + 1, CHUNK):
            lines = self.lines[start : start + CHUNK]
            file += weaver.weave("OH", lines, last=len(lines) < CHUNK)
        return file

    def judge(self, file: Sequence[bytes]) -> Trace:
        rows = (line.decode().strip().split(",") for line in file)
        return judge(self.armed, self.account, rows)


@pytest.fixture
def house_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., House]:
    """Make a house in which an export gets so many tracers."""

    def make(seed: int, tracers: int) -> House:
        points = Points(POINTS.addresses, least=tracers, most=tracers)
        house = House(points, random.Random(seed))

        def written(
            state: str, copy: Copy, number: int, entries: Sequence[Entry]
        ) -> None:
            at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
            chunk = Chunk(copy.export, copy.organization, at)
            house.account.append((chunk, list(entries)))

        def hosts(state: str, voters: Collection[UUID]) -> Mapping[UUID, Host]:
            return {one: Host(one, 39049, "ANN", None, None) for one in voters}

        def registers(state: str, wanted: Sequence[Any]) -> list[Register]:
            return [Register(None, None) for _ in wanted]

        monkeypatch.setattr(weaving, "write_woven", written)
        monkeypatch.setattr(weaving, "write_marks", lambda *_: None)
        monkeypatch.setattr(weaving, "hosts_of", hosts)
        monkeypatch.setattr(weaving, "registers_of", registers)
        return house

    return make


def put_together(
    copies: Sequence[File], keep: Callable[[int, int], bool]
) -> list[bytes]:
    """Return the lines that colluders keep, by how many copies hold each, of how many."""
    held = Counter(line for copy in copies for line in copy)
    return sorted(line for line, times in held.items() if keep(times, len(copies)))


STRATEGIES: Final[dict[str, Callable[[int, int], bool]]] = {
    "all that any has": lambda times, copies: times > 0,
    "only what all have": lambda times, copies: times == copies,
    "what most have": lambda times, copies: 2 * times > copies,
    "what few have": lambda times, copies: times == copies or 2 * times < copies,
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("colluders", "tracers"), [(2, 240), (3, 560)])
def test_colluders_are_named_and_the_innocent_are_not(
    house_of: Callable[..., House], colluders: int, tracers: int, strategy: str
) -> None:
    house = house_of(colluders, tracers)
    licensees = [house.someone() for _ in range(colluders + 6)]
    copies = [house.copy_for(one) for one in licensees]
    guilty = set(licensees[:colluders])
    file = put_together(copies[:colluders], STRATEGIES[strategy])
    found = house.judge(file)
    named = {one.organization for one in found.suspects if one.is_named}
    assert named
    assert named <= guilty


def test_the_code_alone_names_who_orders_a_file_again_and_again(
    house_of: Callable[..., House],
) -> None:
    """Five copies of one licensee, only what all have: its exports' own tracers are gone, its code is not."""
    house = house_of(1, 80)
    licensees = [house.someone() for _ in range(4)]
    for one in licensees[1:]:
        house.copy_for(one)
    copies = [house.copy_for(licensees[0]) for _ in range(5)]
    found = house.judge(put_together(copies, STRATEGIES["only what all have"]))
    (named,) = (one for one in found.suspects if one.is_named)
    assert named.organization == licensees[0]
    assert not named.is_proven


def test_a_half_of_the_rows_is_enough(house_of: Callable[..., House]) -> None:
    house = house_of(2, 120)
    licensees = [house.someone() for _ in range(5)]
    copies = [house.copy_for(one) for one in licensees]
    lines = put_together(copies[:1], STRATEGIES["all that any has"])
    found = house.judge(house.coin.sample(lines, len(lines) // 2))
    assert [one.organization for one in found.suspects if one.is_named] == [
        licensees[0]
    ]


@pytest.mark.parametrize("tracers", [8, 40, 200])
def test_an_export_gets_about_as_many_tracers_as_were_set(
    house_of: Callable[..., House], tracers: int
) -> None:
    house = house_of(5, tracers)
    numbers = [len(house.copy_for(house.someone())) - VOTERS for _ in range(10)]
    mean = sum(numbers) / len(numbers)
    sure = 4  # of a file that is not all in its first chunk six own tracers are meant at least
    assert tracers * 0.75 <= mean <= tracers * 1.25 + sure


def test_lines_in_another_order_get_no_tracers(house_of: Callable[..., House]) -> None:
    house = house_of(9, 240)
    weaver = Weaver(
        Copy(house.someone(), house.someone(), 1), SHAPE, {"OH": house.armed}
    )
    walked = house.lines[:CHUNK]
    house.coin.shuffle(walked)
    assert weaver.weave("OH", walked, last=True) == walked
    assert house.account == []


def test_a_copys_order_tells_nothing(house_of: Callable[..., House]) -> None:
    house = house_of(9, 240)
    copy = house.copy_for(house.someone())
    assert copy == sorted(copy)
    real = {*house.lines}
    places = [at / len(copy) for at, line in enumerate(copy) if line not in real]
    assert 0.45 < sum(places) / len(places) < 0.65
    assert sum(one > 0.95 for one in places) < len(places) * 0.12
