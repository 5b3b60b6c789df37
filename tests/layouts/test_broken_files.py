"""Broken files: each line that cannot be read is set aside, every good one is kept."""

import io

import pytest
from hypothesis import given, settings, strategies as st

from states.layouts import fl, nc, oh
from states.layouts.binding import LayoutMismatch
from states.layouts.parse import parse_history, parse_voters
from states.layouts.records import RAW_CHARACTERS, WITHHELD
from tests.layouts.official import (
    BREAK,
    header,
    ids_of,
    line,
    read,
    rejects_of,
    rows_of,
)

GENERAL = "GENERAL-11/05/2024"
OHIO_HEADER = header(oh.VOTERS, GENERAL)


def ohioan(number: int, **values: str) -> str:
    return line(oh.VOTERS, {"SOS_VOTERID": f"OH{number}", **values}, "X")


def floridian(number: int, **values: str) -> str:
    return line(fl.VOTERS, {"Voter ID": f"10000{number}", **values})


def ohio(*lines: str) -> str:
    return BREAK.join([OHIO_HEADER, *lines, ""])


def test_a_sound_file_has_no_rejects_and_counts_every_line_and_byte() -> None:
    content = ohio(ohioan(1), ohioan(2), ohioan(3))
    (batch,) = read(content, oh.VOTERS)
    assert ids_of([batch]) == ["OH1", "OH2", "OH3"]
    assert (batch.rejects, batch.lines_read) == ([], 4)
    assert batch.bytes_read == len(content)


def test_batches_count_on_from_each_other() -> None:
    # A batch ends after whole blocks; the file is longer than one.
    content = ohio(*(ohioan(n, LAST_NAME="A" * 200) for n in range(9_000)))
    batches = read(content, oh.VOTERS, lines=1_000)
    assert len(batches) > 2
    assert ids_of(batches) == [f"OH{n}" for n in range(9_000)]
    assert [batch.lines_read for batch in batches] == sorted(
        batch.lines_read for batch in batches
    )
    assert (batches[-1].lines_read, batches[-1].bytes_read) == (9_001, len(content))


def test_windows_and_utf8_letters_are_told_apart_within_one_file() -> None:
    raw = b"\n".join(
        [
            OHIO_HEADER.encode(),
            ohioan(1, LAST_NAME="Muñoz").encode("cp1252"),
            ohioan(2, LAST_NAME="Muñoz").encode("utf-8"),
            ohioan(3, LAST_NAME="O\u2019Neill").encode("cp1252"),
            ohioan(4, LAST_NAME="A?B").encode().replace(b"?", b"\x81"),
        ]
    )
    rows = rows_of(read(raw, oh.VOTERS))
    assert [row["last_name"] for row in rows] == [
        "Muñoz",
        "Muñoz",
        "O\u2019Neill",
        "A\x81B",
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_mark_and_line_ends_change_nothing(mark: bytes, end: bytes) -> None:
    content = mark + ohio(ohioan(1), ohioan(2)).encode().replace(b"\n", end)
    batches = read(content, oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH2"]
    assert rejects_of(batches) == []


def test_an_open_quotation_mark_costs_its_own_line_only() -> None:
    broken = 'OH2,"open' + "," * 45
    batches = read(ohio(ohioan(1), broken, ohioan(3)), oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH3"]
    assert rejects_of(batches) == [(3, "quote")]
    (reject,) = batches[0].rejects
    assert reject.raw_line == broken
    assert reject.reason == "A quotation mark is opened and not closed."


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ('"SMITH ""BUD"""', 'SMITH "BUD"'),
        ('"SMITH "BUD""', 'SMITH "BUD"'),
        ('"O"BRIEN"', 'O"BRIEN'),
        ('"SMITH, JR"', "SMITH, JR"),
        ('","', ","),
        ('"a"",""b"', 'a","b'),
        ('"SMITH"","', 'SMITH",'),
        ('"SMITH"" ,"', 'SMITH" ,'),
        ('"SMITH"","", JR"', 'SMITH",", JR'),
    ],
)
def test_quotation_marks_inside_quoted_fields(raw: str, name: str) -> None:
    whole = ohioan(1, LAST_NAME="@@").replace('"@@"', raw)
    rows = rows_of(read(ohio(whole), oh.VOTERS))
    assert [row["last_name"] for row in rows] == [name]


@pytest.mark.parametrize(
    ("raw", "name"),
    [('O"BRIEN', 'O"BRIEN'), ('"SMITH, JR"', "SMITH, JR"), ("SMITH", "SMITH")],
)
def test_files_that_quote_only_where_they_must(raw: str, name: str) -> None:
    whole = ohioan(1, LAST_NAME="@@").replace('"', "").replace("@@", raw)
    rows = rows_of(read(ohio(whole), oh.VOTERS))
    assert [row["last_name"] for row in rows] == [name]


def test_a_stray_quotation_mark_is_data_where_nothing_is_quoted() -> None:
    batches = read(floridian(1, **{"Name Last": '"'}) + BREAK, fl.VOTERS)
    assert rows_of(batches)[0]["last_name"] == '"'


def test_a_break_inside_a_quoted_field_becomes_a_space() -> None:
    broken = ohioan(2, RESIDENTIAL_ADDRESS1="12 MAIN ST@@APT 4@@REAR")
    cut = broken.replace("@@", BREAK)
    batches = read(ohio(ohioan(1), cut, '"open' + "," * 45, ohioan(3)), oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH2", "OH3"]
    assert rows_of(batches)[1]["res_address"] == "12 MAIN ST APT 4 REAR"
    assert rejects_of(batches) == [(6, "quote")]
    assert batches[0].lines_read == 7


def test_lines_with_columns_too_many_or_too_few_are_set_aside() -> None:
    long, short = ohioan(2) + ',"more"', '"OH3","short"'
    batches = read(ohio(ohioan(1), long, short, ohioan(4)), oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH4"]
    assert rejects_of(batches) == [(3, "columns"), (4, "columns")]
    assert [reject.raw_line for reject in batches[0].rejects] == [long, short]


def test_nul_bytes_mark_a_line_as_damaged_and_can_be_stored() -> None:
    batches = read(ohio(ohioan(1), ohioan(2, LAST_NAME="A\0B"), ohioan(3)), oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH3"]
    assert rejects_of(batches) == [(3, "unreadable")]
    assert "\0" not in batches[0].rejects[0].raw_line


def test_a_header_repeated_inside_the_file_is_no_voter() -> None:
    batches = read(ohio(ohioan(1), OHIO_HEADER, ohioan(2)), oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH2"]
    assert rejects_of(batches) == [(3, "header")]


def test_a_row_without_identifier_is_set_aside_and_blank_lines_are_nothing() -> None:
    nameless = line(oh.VOTERS, {"SOS_VOTERID": "  ", "LAST_NAME": "SMITH"}, "X")
    (batch,) = read(ohio("", nameless, ohioan(1), ""), oh.VOTERS)
    assert ids_of([batch]) == ["OH1"]
    assert rejects_of([batch]) == [(3, "key")]
    assert batch.lines_read == 5


def test_the_first_use_of_an_identifier_stands_also_across_batches() -> None:
    filler = [ohioan(n, LAST_NAME="A" * 400) for n in range(10, 5_000)]
    first, again = ohioan(1, LAST_NAME="FIRST"), ohioan(1, LAST_NAME="AGAIN")
    batches = read(ohio(first, again, *filler, again), oh.VOTERS, lines=100)
    assert len(batches) > 1
    assert rejects_of(batches) == [(3, "duplicate"), (4_994, "duplicate")]
    assert rows_of(batches)[0]["last_name"] == "FIRST"
    assert len(ids_of(batches)) == 4_991


def test_a_truncated_file_loses_its_last_line_only() -> None:
    whole = ohio(ohioan(1), ohioan(2), ohioan(3))
    batches = read(whole[:-20], oh.VOTERS)
    assert ids_of(batches) == ["OH1", "OH2"]
    assert rejects_of(batches) == [(4, "columns")]


def test_placeholder_and_impossible_days_are_not_known() -> None:
    days = ["1800-01-01", "1904-12-31", "1905-01-01", "2026-02-30", "2999-01-01", "x"]
    content = ohio(
        *(
            ohioan(n, DATE_OF_BIRTH=day, REGISTRATION_DATE=day)
            for n, day in enumerate(days)
        )
    )
    rows = rows_of(read(content, oh.VOTERS))
    known = [(row["birth_date"], row["birth_year"]) for row in rows]
    assert [bool(day) for day, _ in known] == [False, False, True, False, False, False]
    assert [year for _, year in known] == [None, None, 1905, None, None, None]
    assert [
        str(row["registration_date"]) for row in rows if row["registration_date"]
    ] == ["1905-01-01"]


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    monster = "A" * (3 << 20)
    batches = read(ohio(ohioan(1), monster, ohioan(2)), oh.VOTERS)
    assert set(ids_of(batches)) == {"OH1", "OH2"}
    rejects = [reject for batch in batches for reject in batch.rejects]
    assert {reject.code for reject in rejects} == {"columns"}
    assert max(len(reject.raw_line) for reject in rejects) == RAW_CHARACTERS


def test_a_file_of_nothing_but_its_header_gives_an_empty_batch() -> None:
    (batch,) = read(OHIO_HEADER, oh.VOTERS)
    assert (len(batch.rows), batch.rejects, batch.lines_read) == (0, [], 1)


def test_a_changed_header_is_refused_before_the_first_row() -> None:
    content = ohio(ohioan(1)).replace('"LAST_NAME"', '"SURNAME"')
    with pytest.raises(LayoutMismatch) as caught:
        read(content, oh.VOTERS)
    assert caught.value.differences.missing == ("LAST_NAME",)
    assert caught.value.differences.added == ("SURNAME",)


def test_history_in_a_voters_layout_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="fl-history holds history, not voters"):
        next(parse_voters(io.BytesIO(b""), fl.HISTORY))
    with pytest.raises(ValueError, match="oh-voters holds voters, not history"):
        next(parse_history(io.BytesIO(b""), oh.VOTERS))


def test_a_social_security_column_is_never_read_nor_kept_with_a_reject() -> None:
    def voter(number: str) -> str:
        return line(nc.VOTERS_2026, {"ncid": number, "ssn": "123-45-6789"})

    content = BREAK.join(
        [header(nc.VOTERS_2026), voter("AA1"), voter("") + "\t", voter("AA1")]
    )
    (batch,) = read(content, nc.VOTERS_2026)
    assert ids_of([batch]) == ["AA1"]
    assert rejects_of([batch]) == [(3, "columns"), (4, "duplicate")]
    assert [reject.raw_line for reject in batch.rejects] == [WITHHELD, WITHHELD]
    assert "123-45-6789" not in repr(batch.rows.to_dicts())


@given(junk=st.lists(st.binary(max_size=80), max_size=12), data=st.data())
@settings(deadline=None, max_examples=80)
def test_no_rubbish_between_good_lines_loses_one(
    junk: list[bytes], data: st.DataObject
) -> None:
    good = [ohioan(n).encode() for n in range(5)]
    strange = [piece.replace(b"\n", b"").replace(b"\r", b"") for piece in junk]
    lines = data.draw(st.permutations([*good, *strange]))
    (batch,) = read(b"\n".join([OHIO_HEADER.encode(), *lines, b""]), oh.VOTERS)
    assert sorted(ids_of([batch])) == [f"OH{n}" for n in range(5)]
    assert len(batch.rejects) == sum(bool(piece) for piece in strange)
    assert batch.lines_read == 1 + len(lines)
