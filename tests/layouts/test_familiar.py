"""Lines that were read before are passed over; what is left, with them, is what reading all would give."""

from __future__ import annotations

import datetime as dt
import io
import random

import polars as pl

from states.layouts.cutting import Known
from states.layouts.decode import Point
from states.layouts.familiar import FAMILIAR, FamiliarLines, digests
from states.layouts.parse import Batch, parse_voters
from states.layouts.records import RejectCode
from tests.imports.people import OHIO, ohio_file, people, person

TODAY = dt.date(2026, 11, 15)


class Memory:
    """Remembers each voter's line, by the manner in which it was read."""

    def __init__(self) -> None:
        self.manners: dict[str, FamiliarLines] = {}
        self.identifiers: list[str] = []

    def read_as(self, manner: str) -> FamiliarLines:
        return self.manners.setdefault(manner, FamiliarLines(manner))

    def learn(self, batches: list[Batch]) -> None:
        for one in batches:
            assert one.digests is not None
            kept = one.digests.hstack(one.table.select("state_voter_id"))
            self.read_as(one.manner).add(kept, len(self.identifiers))
            self.identifiers += kept["state_voter_id"].to_list()


def read(
    content: bytes, memory: Memory | None, day: dt.date = TODAY, lines: int = 64
) -> list[Batch]:
    known = Known(familiar=memory)
    stream = io.BytesIO(content)
    return list(parse_voters(stream, OHIO, as_of=day, lines=lines, known=known))


def read_ids(batches: list[Batch]) -> list[str]:
    return [one for batch in batches for one in batch.table["state_voter_id"]]


def passed(batches: list[Batch], memory: Memory) -> list[str]:
    return [
        memory.identifiers[place]
        for batch in batches
        if batch.same is not None
        for place in batch.same
    ]


def rejected(batches: list[Batch]) -> list[tuple[int, str, RejectCode]]:
    return [
        (one.line_number, one.raw_line, one.code)
        for batch in batches
        for one in batch.rejects
    ]


def taught(content: bytes, day: dt.date = TODAY) -> Memory:
    memory = Memory()
    memory.learn(read(content, memory, day))
    return memory


FIRST = ohio_file(people(range(1, 201)))


def test_the_same_file_is_passed_over_whole() -> None:
    memory = taught(FIRST)
    again = read(FIRST, memory)
    assert read_ids(again) == []
    assert len(passed(again, memory)) == 200
    assert again[-1].lines_read == 201


def test_what_is_left_and_what_is_passed_over_is_the_whole_file() -> None:
    memory, draw = taught(FIRST), random.Random(5)
    header, *lines = FIRST.splitlines(keepends=True)
    for _ in range(20):
        changed = [
            line.replace(b"EXAMPLE", b"RENAMED") if draw.random() < 0.1 else line
            for line in lines
        ]
        changed += draw.sample(lines, 9)  # identifiers that are used twice
        changed += [b"broken\n", b"\n", b'"A,B\n']
        draw.shuffle(changed)
        content = header + b"".join(changed)
        told, plain = read(content, memory), read(content, None)
        assert sorted(read_ids(told) + passed(told, memory)) == sorted(read_ids(plain))
        assert rejected(told) == rejected(plain)
        whole = pl.concat([one.rows for one in plain])
        rows = pl.concat([one.rows for one in told])
        assert rows.equals(whole.filter(pl.col("state_voter_id").is_in(read_ids(told))))


def test_a_line_is_familiar_in_its_own_manner_only() -> None:
    memory = taught(FIRST)
    wider = FIRST.replace(b"\n", b',"GENERAL-11/03/2026"\n', 1)
    lines = [
        line + b',""' if number else line
        for number, line in enumerate(wider.splitlines())
    ]
    again = read(b"\n".join(lines) + b"\n", memory)
    assert len(read_ids(again)) == 200
    assert passed(again, memory) == []


def test_a_day_to_come_is_read_again_until_it_has_come() -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    content = ohio_file(
        [*people(range(1, 101)), person(101, registration_date=tomorrow)]
    )
    memory = taught(content)
    again = read(content, memory, tomorrow)
    assert read_ids(again) == [person(101)["state_voter_id"]]
    assert again[0].table["registration_date"].to_list() == [tomorrow]
    assert len(passed(again, memory)) == 100


def test_votes_that_are_only_counted_are_counted_again() -> None:
    content = FIRST.replace(b',"D"', b',"?"')
    memory = Memory()
    batches = read(content, memory)
    unclear = sum(one.unclear for one in batches)
    assert unclear > 0
    memory.learn(batches)
    assert sum(one.unclear for one in read(content, memory)) == unclear


def test_a_record_of_two_lines_is_never_familiar() -> None:
    header, first, *lines = FIRST.splitlines(keepends=True)
    broken = first.replace(b"ELM ST", b"ELM\nST", 1)
    content = header + broken + b"".join(lines)
    memory = taught(content)
    again = read(content, memory)
    assert person(1)["state_voter_id"] in read_ids(again)


def test_a_key_of_a_line_passed_over_is_used_when_reading_goes_on() -> None:
    memory = taught(FIRST)
    half = read(FIRST, memory)[0]
    assert half.same is not None
    known = Known(familiar=memory)
    lines = next(iter(memory.manners.values()))
    known.seen.first_uses_of(lines.keys(half.same))
    again = FIRST + b"".join(FIRST.splitlines(keepends=True)[1:3])
    rest = list(
        parse_voters(
            io.BytesIO(again),
            OHIO,
            as_of=TODAY,
            lines=64,
            after=half.point,
            known=known,
        )
    )
    assert half.point != Point()
    assert [code for _, _, code in rejected(rest)] == [RejectCode.DUPLICATE] * 2


def other_of(told: pl.DataFrame) -> pl.DataFrame:
    return told.with_columns(other=pl.col("other") ^ 1)


def test_both_digests_have_to_be_the_same() -> None:
    one = digests(pl.Series(["a line"]))
    lines = FamiliarLines("")
    other = other_of(one)
    identifiers = pl.DataFrame({"state_voter_id": ["1"]})
    lines.add(other.hstack(identifiers).select(list(FAMILIAR)), 0)
    assert lines.met(one)["place"].to_list() == [None]
    assert lines.met(other_of(one))["place"].to_list() == [0]
