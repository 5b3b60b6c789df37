"""A file's layout is told from what is in it, and a mismatch says what is wrong."""

import gzip
import io
import random
import zipfile

import pytest

from states.layouts import fl, nc, oh
from states.layouts.binding import Differences
from states.layouts.declaration import Variant
from states.layouts.known import LAYOUTS
from states.layouts.recognize import Mismatch, Problem, Recognized, recognize
from tests.layouts.official import BREAK, header, line, read, rows_of

# Those that are invented from the declaration are tested in test_states.
VARIANTS = [
    variant
    for layout in LAYOUTS.values()
    if layout.territory is None
    for variant in layout.variants
]
FL_LINES = {
    "fl-voters": {"County Code": "DAD", "Voter ID": "109000001"},
    "fl-history": {
        "County Code": "DAD",
        "Voter ID": "109000001",
        "Election Date": "11/05/2024",
        "Election Type": "GEN",
        "History Code": "Y",
    },
}


def sample(variant: Variant) -> bytes:
    if variant.header:
        return (header(variant) + BREAK).encode()
    return (line(variant, FL_LINES[variant.name]) + BREAK).encode()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_each_layout_recognizes_its_own_file_whatever_its_name(
    variant: Variant,
) -> None:
    found = recognize("upload.bin", sample(variant))
    assert found == Recognized(variant, Differences())


def test_election_columns_case_and_moved_columns_do_no_harm() -> None:
    names = [*oh.COLUMNS, "GENERAL-11/05/2024", "SPECIAL-08/08/2023"]
    names[3], names[4] = names[4], names[3]
    found = recognize("x.txt", (",".join(names).lower() + BREAK).encode(), state="OH")
    assert isinstance(found, Recognized)
    assert found.differences.missing == ()
    assert found.differences.moved in {("LAST_NAME",), ("FIRST_NAME",)}
    content = header(oh.VOTERS).replace(
        '"COUNTY_ID","LAST_NAME"', '"LAST_NAME","COUNTY_ID"'
    )
    voter = line(
        oh.VOTERS, {"SOS_VOTERID": "OH1", "COUNTY_ID": "SMITH", "LAST_NAME": "7"}
    )
    (row,) = rows_of(read(BREAK.join([content, voter]), oh.VOTERS))
    assert (row["last_name"], row["county_voter_id"]) == ("SMITH", "7")


def test_a_column_more_is_reported_and_not_read() -> None:
    content = header(oh.VOTERS, "DRIVERS_LICENSE_NUMBER")
    found = recognize("SWVF_1_22.txt", content.encode())
    assert isinstance(found, Recognized)
    assert found.differences == Differences(added=("DRIVERS_LICENSE_NUMBER",))
    rows = rows_of(
        read(
            BREAK.join([content, line(oh.VOTERS, {"SOS_VOTERID": "OH1"}, "RX9")]),
            oh.VOTERS,
        )
    )
    assert "RX9" not in repr(rows)


def test_another_spelling_of_a_column_is_known() -> None:
    content = header(oh.VOTERS).replace(
        "RESIDENTIAL_POSTALCODE", "RESIDENTIAL_POSTCODE"
    )
    assert recognize("x.txt", content.encode()) == Recognized(oh.VOTERS, Differences())


def test_a_changed_header_names_the_nearest_layout_and_the_difference() -> None:
    content = header(oh.VOTERS).replace('"LAST_NAME"', '"SURNAME"')
    found = recognize("SWVF_1_22.txt", content.encode(), state="OH")
    assert isinstance(found, Mismatch)
    assert (found.problem, found.nearest) == (Problem.CHANGED_HEADER, oh.VOTERS)
    assert found.differences == Differences(missing=("LAST_NAME",), added=("SURNAME",))
    assert found.sentence == (
        "The header is not that of oh-voters: missing: LAST_NAME; added: SURNAME."
    )


@pytest.mark.parametrize("variant", [nc.VOTERS_2022, nc.HISTORY, fl.VOTERS, fl.HISTORY])
def test_a_file_of_another_state_is_named(variant: Variant) -> None:
    found = recognize("SWVF_1_22.txt", sample(variant), state="OH")
    assert isinstance(found, Mismatch)
    assert (found.problem, found.nearest) == (Problem.OTHER_STATE, variant)
    assert found.sentence.startswith(
        f"This is a {variant.role} file of {variant.state}"
    )


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("SWVF_1_22.txt", header(oh.VOTERS))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (b"", Problem.EMPTY),
        (b" \r\n\n", Problem.EMPTY),
        (_zip(), Problem.ARCHIVE),
        (gzip.compress(header(oh.VOTERS).encode()), Problem.ARCHIVE),
        (header(oh.VOTERS).encode("utf-16"), Problem.BINARY),
        (header(oh.VOTERS).encode("utf-16-le"), Problem.BINARY),
        (random.Random(1).randbytes(4_096), Problem.BINARY),
        (b"\x00" * 500, Problem.BINARY),
        (b"LALVOTERID,Voters_FirstName\n", Problem.VENDOR),
        (b"Voter File VANID\tLastName\n", Problem.VENDOR),
        (b"CanvassFileRequestID\tVanID\tStateFileID\n", Problem.VENDOR),
        (b"vb.voterbase_id\tvf_g2020\n", Problem.VENDOR),
        (b"state_file_id,vh20g1\n", Problem.VENDOR),
        (b"dwid,name\n", Problem.VENDOR),
        (b"name,street,city\nJO,1 MAIN ST,X\n", Problem.UNKNOWN),
        (b"just some text", Problem.UNKNOWN),
        (b'"open quote\n', Problem.UNKNOWN),
    ],
)
def test_what_is_no_voter_file_is_refused_for_a_reason(
    head: bytes, problem: Problem
) -> None:
    found = recognize("SWVF_1_22.txt", head, state="OH")
    assert isinstance(found, Mismatch)
    assert found.problem is problem
    assert found.sentence.endswith(".")


def test_a_headerless_file_with_one_bad_line_in_ten_is_still_recognized() -> None:
    good = line(fl.HISTORY, FL_LINES["fl-history"])
    assert isinstance(
        recognize("x", BREAK.join([*[good] * 9, "??", ""]).encode()), Recognized
    )
    assert isinstance(
        recognize("x", BREAK.join([*[good] * 8, "??", ""]).encode()), Mismatch
    )


def test_a_head_cut_inside_a_line_is_judged_by_its_whole_lines() -> None:
    good = line(fl.VOTERS, FL_LINES["fl-voters"])
    assert recognize("x", BREAK.join([good, good, good[:20]]).encode()) == Recognized(
        fl.VOTERS, Differences()
    )
