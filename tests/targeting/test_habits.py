"""What people type who come from SQL, mail search, spreadsheets and other voter file tools: each told at its character what to write."""

from __future__ import annotations

import time

import pytest

from coop.errors import Invalid
from states.targeting.criteria import read_criteria

# What is typed, with ^ before the character that is at fault → what is to be written instead.
TYPED = [
    # Ranges and comparisons as elsewhere.
    ("age:^25-40", "age:25..40"),
    ("age:^25\u201340", "age:25..40"),
    ("age:^25\u202640", "age:25..40"),
    ("age:25 ^to 40", "age:25..40"),
    ("age:25 ^- 40", "age:25..40"),
    ("age:[25 ^TO 40]", "age:25..40"),
    ("age:^>25", "age>25"),
    ("age:^>=25", "age>=25"),
    ("age=^>25", "age>25"),
    ("age:^25+", "age>=25"),
    ("age:25^..", "age>=25"),
    ("age:^..40", "age<=40"),
    ("age:25..40^..50", "two bounds"),
    ("age:^40..25", "above the second"),
    ("age:^twenty", "in figures"),
    ("age^\u226525", "age>=25"),
    ("party^<>D", "-party:D"),
    ("age^<>30", "-age:30"),
    ("party^>D", "party:D"),
    # SQL.
    ("party^!=D", "-party:D"),
    ("party ^== D", "party:D"),
    ("party = ^'D'", 'party:"D"'),
    ("party ^is D", "party:D"),
    ("party ^is not D", "-party:D"),
    ("last_name ^LIKE 'SM%'", "last_name:SM*"),
    ("last_name ^not like 'SM%'", "-last_name:SM*"),
    ("age ^BETWEEN 25 AND 40", "age:25..40"),
    ("party ^IN ('D', 'R')", "party:D,R"),
    ("party ^not in (D, R)", "-party:D,R"),
    ("email ^is null", "-email:*"),
    ("email ^is not null", "email:*"),
    ("email:^null", "-email:*"),
    ("last_name:^Null", 'last_name:"Null"'),
    ("last_name:^SM%", "last_name:SM*"),
    ("^SELECT * FROM voters", "conditions alone"),
    ("party:D ^&& age>30", "leave && out"),
    ("party:D ^& age>30", "leave & out"),
    ("party:D ^|| party:R", "Write or"),
    ("party:D ^| party:R", "Write or"),
    ("party:^D;age:3", "party:D"),
    ("party:D ^limit 10", "beside the criteria"),
    ("party:D ^# swing", "remarks"),
    # Mail and web search.
    ("party:^(D OR R)", "party:D,R"),
    ("^has:phone", "phone:*"),
    ("phone:^yes", "phone:*"),
    ("phone:^no", "-phone:*"),
    ("^!party:D", "-party:D"),
    ("party:^!D", "-party:D"),
    ("party:D ^+age>30", "leave + out"),
    ("party:D ^or", "missing after or"),
    ("^or party:D", "between two tests"),
    ("^*", "everyone"),
    ("^all", "everyone"),
    ("last_name:^*MITH", "beginnings"),
    ("last_name:S*^H", "last_name:S*"),
    ("last_name:^Smith?", "wildcard"),
    ("^in:targets", "list:<id>"),
    ("list:^Targets", "by its id"),
    ("party:D ^order:walk", "beside the criteria"),
    # Quotes and signs that a word processor put there.
    ("last_name:^\u201cSMITH\u201d", 'last_name:"SMITH"'),
    ("last_name:^\u2018Smith\u2019", 'last_name:"Smith"'),
    ("last_name:^O\u2019Brien", "O'Brien"),
    ("party^\uff1aD", "party:D"),
    ('last_name:^"SMITH', '"SMITH"'),
    ("res_city:^NEW ALBANY", 'res_city:"NEW ALBANY"'),
    ("county:^Cuyahoga County", 'county:"Cuyahoga County"'),
    ('^"party":"D"', "no quotes"),
    ('^{"party": "D"}', "JSON"),
    # Voter file tools, and plain speech.
    ("county:^Cuyahog", "Cuyahoga"),
    ("party:^Dem", "mean D?"),
    ("party:^Republican", "mean R?"),
    ("party:D,^Rep", "mean R?"),
    ("gender:^female", "mean F?"),
    ("status:^A", "mean active?"),
    ("suppressions:^phone", "mean call?"),
    ("^do_not_call:yes", "suppressions:call"),
    ("support:^strong", "support:1"),
    ("support:^1-2", "support:1..2"),
    ("support:^Strong Support", "support:1"),
    ("score.turnout>^70%", "70"),
    ("^turnout>=70", "score.turnout"),
    ("voted:^2024X", "2024G"),
    ("voted:^2024", "2024G"),
    ("voted:^G24", "2024G"),
    ("voted:^GE24", "2024G"),
    ('voted:^"2024 General"', "2024G"),
    ("voted:^2024-11-05", "2024-11-05G"),
    ("voted:^2024P", "2024-03-19P"),
    ("voted:^2of4", "2of4G"),
    ("voted:^3/4", "3of4G"),
    ("voted^>2", "voted:2of4G"),
    ("contacted:^14", "contacted:14d"),
    ("contacted:14^ days", "contacted:14d"),
    ("contacted:^2w", "contacted:14d"),
    ("contacted:^<14d", "contacted:14d"),
    ("contacted>^14d", "-contacted:14d"),
    ("last_contact:^yesterday", "last_contact:1d"),
    ("birth_date:^1980", "birth_date:1980-01-01..1980-12-31"),
    ("birth_date:^01/02/1980", "birth_date:1980-01-02"),
    ("phone:^6145550100", "phone:+16145550100"),
    ("phone:^614-555-0100", "phone:+16145550100"),
    ("^cd:3", "us_house_district"),
    ("^zip:43215", "res_zip5"),
    ("^activist:volunteer", "activist_code"),
    ("^supression:call", "suppressions"),
    ("^dem", "party:D"),
    # What is missing or too much.
    ("party^", "party:*"),
    ("not contacted^", "contacted:*"),
    ("party:^", "party:D"),
    ("age 25..40", "age:25..40"),
    ("party:D^,", "missing after this comma"),
    ("party:^,D", "missing before this comma"),
    ("^()", "everyone"),
    ("party:D^)", "parenthesis"),
    ("(party:D^", ")"),
    ("^-", "missing after this minus"),
]


@pytest.mark.parametrize(("marked", "written"), TYPED)
def test_what_is_typed_elsewhere_is_told_in_our_words(
    marked: str, written: str
) -> None:
    text = marked.replace("^", "")
    with pytest.raises(Invalid) as refused:
        read_criteria(text, states=["OH"])
    fault = refused.value.faults[0]
    assert written in fault.detail
    assert fault.at is not None
    if "^" in marked:
        assert fault.at["offset"] == marked.index("^")


def test_what_is_to_be_written_instead_can_be_read() -> None:
    for written in (
        "age:25..40 age>=25 -party:D party:D,R last_name:SM* -email:* phone:*",
        'last_name:"Null" -contacted:14d birth_date:1980-01-01..1980-12-31',
        "voted:2of4G voted:2024-11-05G phone:+16145550100 support:1..2",
    ):
        said = len(written.split())
        assert str(read_criteria(written)).count("Comparison(") == said


@pytest.mark.parametrize(
    "text",
    [
        'last_name:"100%"',
        "last_name:O'Brien",
        'res_address:"12-14 MAIN ST"',
        'last_name:"\u201cX\u201d"',
    ],
)
def test_signs_that_are_meant_can_be_said(text: str) -> None:
    meant = text.partition(":")[2].strip('"')
    assert meant in str(read_criteria(text))


def test_several_faults_of_a_text_are_told_in_its_order() -> None:
    with pytest.raises(Invalid) as refused:
        read_criteria("age:25-40 partee:D contacted:2w")
    assert [one.at and one.at["offset"] for one in refused.value.faults] == [4, 10, 29]


def test_a_long_text_at_fault_is_refused_at_once() -> None:
    for text in (
        "a" * 19_000,
        "party:D " * 2000 + "&",
        "(" * 9_000 + '"' + "\\" * 9_000,
        "age:" + "[" * 19_000,
    ):
        begun = time.process_time()
        with pytest.raises(Invalid):
            read_criteria(text)
        assert time.process_time() - begun < 1.0
