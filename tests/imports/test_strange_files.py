"""Strange deliveries: each gets a clear reason, stages nothing for good and hurts nothing published."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest
from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Invalid
from states.files import floods
from states.imports.models import Import, Status
from states.voters.models import Publication, Registration
from tests.cast import Cast
from tests.imports.people import (
    deliver,
    import_delivery,
    import_voters,
    ohio_file,
    people,
)

GOOD = ohio_file(people(range(1, 41)))


def staged_tables() -> list[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")
        return [name for (name,) in cursor.fetchall()]


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def imported(cast: Cast, name: str, content: bytes) -> Import:
    return import_delivery(cast.ohio, deliver(cast.ohio, {name: content}))


STRANGE = (
    ("noise.txt", bytes(range(256)) * 400, "binary"),
    ("letter.txt", b"Dear Sir or Madam,\nthank you.\n", "unknown"),
    ("vendor.csv", b"LALVOTERID,Voters_FIPS\n1,2\n", "vendor_export"),
    ("SWVF.txt", GOOD.replace(b"LAST_NAME", b"FAMILY", 1), "changed_header"),
    ("SWVF.txt.gz", gzip.compress(GOOD)[:-700], "archive_damaged"),
    ("FRA.txt", b"ALA\t100000001\tEXAMPLE" + b"\t" * 35 + b"\n", "other_state"),
)


def test_a_strange_file_fails_with_its_reason_and_leaves_yesterdays_data(
    ohio: Cast,
) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    for name, content, code in STRANGE:
        run = imported(ohio, name, content)
        assert run.status == Status.FAILED
        assert run.problem
        assert [fault["code"] for fault in run.problem["files"]] == [code]
        assert name in run.problem["files"][0]["file"]
        assert run.problem["detail"]
        assert staged_tables() == []
    with acting_as(ohio.ohio, Action.READ):
        assert Registration.objects.filter(state="OH", shielded=None).count() == 40
        assert Publication.objects.filter(state="OH").count() == 1


def test_one_bad_file_among_good_ones_stops_all_and_is_named(ohio: Cast) -> None:
    files = {"SWVF_1_44.txt": GOOD, "SWVF_45_88.txt": b"not,a,voter,file\n1,2,3,4\n"}
    run = import_delivery(ohio.ohio, deliver(ohio.ohio, files))
    assert run.status == Status.FAILED
    assert run.problem
    assert [one["file"] for one in run.problem["files"]] == ["SWVF_45_88.txt"]
    with acting_as(ohio.ohio, Action.READ):
        assert not Registration.objects.filter(state="OH").exists()


def test_a_zip_is_read_member_by_member_and_what_lies_about_is_left_out(
    ohio: Cast,
) -> None:
    archive = zipped(
        {
            "Ohio/SWVF_1_44.txt": ohio_file(people(range(1, 21))),
            "Ohio/SWVF_45_88.txt": ohio_file(people(range(21, 41))),
            "Ohio/": b"",
            "__MACOSX/Ohio/._SWVF_1_44.txt": b"\x00\x05\x16\x07",
            "Ohio/.DS_Store": b"\x00\x00",
            "Ohio/README.txt": b"About this file",
            "Ohio/layout.pdf": b"%PDF-1.4",
        }
    )
    run = imported(ohio, "ohio.zip", archive)
    assert run.status == Status.PUBLISHED, run.problem
    assert run.figures["inserted"] == 40


def test_a_gzip_is_read_like_the_file_inside(ohio: Cast) -> None:
    run = imported(ohio, "SWVF.txt.gz", gzip.compress(GOOD))
    assert run.status == Status.PUBLISHED, run.problem
    assert run.figures["inserted"] == 40


def test_a_zip_bomb_and_half_an_archive_are_refused_at_the_door(ohio: Cast) -> None:
    bomb = zipped({"SWVF.txt": b"0" * (floods.RATIO_COUNTS_FROM + 1)})
    whole = zipped({"SWVF.txt": GOOD})
    for content, code in (
        (bomb, "archive_floods"),
        (whole[: len(whole) // 2], "archive_damaged"),
        (zipped({"notes.pdf": b"x"}), "archive_empty"),
    ):
        with pytest.raises(Invalid) as refused:
            deliver(ohio.ohio, {"ohio.zip": content})
        assert refused.value.code == code


def test_a_gzip_bomb_is_stopped_while_it_is_read(ohio: Cast) -> None:
    flood = GOOD + b"\n" * (floods.RATIO_COUNTS_FROM + 1)
    run = imported(ohio, "SWVF.txt.gz", gzip.compress(flood))
    assert run.status == Status.FAILED
    assert run.problem
    assert run.problem["files"][0]["code"] == "archive_floods"
    assert staged_tables() == []


def test_bad_lines_are_set_aside_with_number_line_and_reason(
    ohio: Cast, rejected: Callable[[Import], list[tuple[object, ...]]]
) -> None:
    lines = ohio_file(people(range(1, 81))).splitlines()
    lines[10] += b',"one","too","many"'
    lines[20] = lines[5]
    run = imported(ohio, "SWVF.txt", b"\n".join(lines) + b"\n")
    assert run.status == Status.PUBLISHED
    assert (run.figures["rejected"], run.figures["inserted"]) == (2, 78)
    assert [row[:3] for row in rejected(run)] == [
        ("SWVF.txt", 11, "columns"),
        ("SWVF.txt", 21, "duplicate"),
    ]
    assert rejected(run)[0][3] == lines[10].decode()


def test_many_bad_lines_wait_for_someone_to_look(ohio: Cast) -> None:
    lines = ohio_file(people(range(1, 41))).splitlines()
    run = imported(ohio, "SWVF.txt", b"\n".join([*lines, *[b"broken"] * 5]) + b"\n")
    assert run.status == Status.READY
    assert [one["code"] for one in run.needs_review] == ["many_rejected"]
    with acting_as(ohio.ohio, Action.READ):
        assert not Registration.objects.filter(state="OH").exists()
