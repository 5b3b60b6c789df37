"""Typed criteria: read to the same tree, written and read again, refused at the very character."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from coop.errors import Invalid
from states.targeting.criteria import EVERYONE, read_criteria
from states.targeting.terms import general_day
from states.targeting.written import as_text, as_tree, plain
from tests.cast import Cast
from tests.targeting.test_counts import ClientOf
from tests.targeting.test_oracle import TREES


def _test(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value}


GENERAL_2024 = {"date": "2024-11-05", "type": "general"}
GENERAL_2022 = {"date": "2022-11-08", "type": "general"}


def test_what_people_type_is_the_tree() -> None:
    text = (
        "county:Cuyahoga party:D age:25..40 voted:2024G -voted:2022G"
        " support>=60 -contacted:14d"
    )
    assert as_tree(read_criteria(text)) == {
        "all": [
            _test("county", "eq", 39035),
            _test("party", "eq", "D"),
            _test("age", "between", [25, 40]),
            _test("voted", "any", [GENERAL_2024]),
            _test("voted", "none", [GENERAL_2022]),
            _test("support", "gte", 60),
            {"not": _test("last_contact", "within_days", 14)},
        ]
    }


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("party:d , n", _test("party", "in", ["D", "N"])),
        ("last_name:SMI*", _test("last_name", "prefix", "SMI")),
        ('res_city:"NEW A"*', _test("res_city", "prefix", "NEW A")),
        ('last_name:"O\\"N,\\\\ *"', _test("last_name", "eq", 'O"N,\\ *')),
        ("phone:*", _test("phone", "known", True)),
        ("-phone:*", _test("phone", "known", False)),
        ("--phone:*", {"not": _test("phone", "known", False)}),
        ("suppressions:call,text", _test("suppressions", "has", ["call", "text"])),
        ("NOT suppressions:call", _test("suppressions", "has_not", ["call"])),
        (
            "voted:2of4G",
            _test("voted", "at_least", {"times": 2, "of_last": 4, "type": "general"}),
        ),
        (
            "voted:2024-03-19PP",
            _test(
                "voted", "any", [{"date": "2024-03-19", "type": "presidential_primary"}]
            ),
        ),
        (
            "registration_date<2020-02-29",
            _test("registration_date", "lt", "2020-02-29"),
        ),
        ("last_name:or", _test("last_name", "eq", "or")),
        (
            "party:D age>4 or party:R",
            {
                "any": [
                    {"all": [_test("party", "eq", "D"), _test("age", "gt", 4)]},
                    _test("party", "eq", "R"),
                ]
            },
        ),
        (
            "party:D and (age>4 or party:R)",
            {
                "all": [
                    _test("party", "eq", "D"),
                    {"any": [_test("age", "gt", 4), _test("party", "eq", "R")]},
                ]
            },
        ),
        ("everyone", {"all": []}),
        ("", {"all": []}),
        (" \n ", {"all": []}),
    ],
)
def test_every_form_has_its_test(text: str, tree: dict[str, Any]) -> None:
    assert as_tree(read_criteria(text)) == tree


def test_a_county_is_looked_up_in_the_states_asked_about() -> None:
    assert as_tree(read_criteria("county:franklin", states=["OH"])) == _test(
        "county", "eq", 39049
    )
    both = as_tree(read_criteria('county:"Franklin County"', states=["OH", "NC"]))
    assert (both["op"], sorted(both["value"])) == ("in", [37069, 39049])
    everywhere = as_tree(read_criteria("county:Franklin"))
    assert len(everywhere["value"]) > 20
    assert as_tree(read_criteria("county:39049", states=["NC"]))["value"] == 39049


def test_general_elections_are_on_the_tuesday_after_the_first_monday() -> None:
    days = {general_day(year) for year in range(2000, 2041)}
    assert {(one.weekday(), one.month) for one in days} == {(1, 11)}
    assert {one.day for one in days} == set(range(2, 9))
    assert general_day(2022) == dt.date(2022, 11, 8)


@pytest.mark.parametrize(
    ("text", "code", "offset", "line", "column", "hint"),
    [
        ("party D", "criteria_text", 6, 1, 7, "party:D"),
        ("age>3 partee:D", "unknown_field", 6, 1, 7, "party"),
        ("age>3\n party:D,Q", "value_unknown", 15, 2, 10, "D, R"),
        ("county:Cuyahga", "value_unknown", 7, 1, 8, "Cuyahoga"),
        ("gender:F status:activ", "value_unknown", 16, 1, 17, "active"),
        ("age:", "criteria_text", 4, 1, 5, "a value"),
        ("(party:D", "criteria_text", 8, 1, 9, ")"),
        ("party:D)", "criteria_text", 7, 1, 8, "party:D"),
        ('last_name:"SMI', "criteria_text", 10, 1, 11, 'write "SMI"'),
        ("age:40..25", "bounds_reversed", 4, 1, 5, ""),
        ("age:25..x", "value_type", 8, 1, 9, ""),
        ("party:R voted:2024P", "election_unclear", 14, 1, 15, "2024-03-19P"),
        ("voted:2024-02-30P", "date_invalid", 6, 1, 7, ""),
        ("-(voted:2020G voted>2)", "unknown_operator", 19, 1, 20, "any"),
        ("-voted:2020-01-99G", "date_invalid", 7, 1, 8, ""),
        ("party:D*", "unknown_operator", 5, 1, 6, "write a whole value"),
        ("-" * 200 + "party:D", "criteria_too_deep", 0, 1, 1, ""),
        ("-" * 30 + "party:D", "criteria_too_deep", 10, 1, 11, ""),
        ("party:D " * 201, "criteria_too_large", 0, 1, 1, ""),
        ("(" * 21_000, "criteria_too_large", 0, 1, 1, ""),
        ("(" * 15_000, "criteria_text", 15_000, 1, 15_001, ""),
        ("party:D \0", "criteria_text", 8, 1, 9, ""),
    ],
)
def test_a_fault_points_at_its_character_and_suggests(
    text: str, code: str, offset: int, line: int, column: int, hint: str
) -> None:
    with pytest.raises(Invalid) as caught:
        read_criteria(text, states=["OH"])
    fault = caught.value.faults[0]
    assert (fault.pointer, fault.code) == ("/criteria", code)
    assert fault.at == {"line": line, "column": column, "offset": offset}
    assert hint in fault.detail


def test_every_fault_of_a_text_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        read_criteria("partee:D age:x status:activ")
    assert caught.value.code == "criteria_invalid"
    assert [one.at and one.at["offset"] for one in caught.value.faults] == [0, 13, 22]


@settings(max_examples=400, deadline=None)
@example(raw={"not": {"not": _test("voted", "any", [GENERAL_2024])}})
@example(raw={"any": [{"all": []}, {"all": [{"all": []}]}]})
@example(raw=_test("last_name", "in", ['a"b', "..", "x*", "1..2", "-a", "(", "a\nb"]))
@given(raw=TREES)
def test_a_tree_written_as_text_is_read_the_same(raw: dict[str, Any]) -> None:
    tree = read_criteria(raw)
    text = as_text(tree)
    assert read_criteria(text) == plain(tree)
    assert as_text(read_criteria(text)) == text
    assert read_criteria(as_tree(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(value=st.text(min_size=1, max_size=30))
def test_any_text_survives_in_quotes(value: str) -> None:
    raw = _test("last_name", "eq", value)
    try:
        tree = read_criteria(raw)
    except Invalid:
        return
    assert read_criteria(as_text(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.sampled_from(list('party:DN age<>=.,*"\\()- or0\n'))))
def test_whatever_is_typed_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        read_criteria(text)
    except Invalid as refused:
        for fault in refused.faults:
            assert fault.at is not None
            assert 0 <= fault.at["offset"] <= len(text)


def test_typed_criteria_stand_wherever_criteria_do(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    tree = {"all": [_test("party", "eq", "D"), _test("age", "gte", 30)]}
    typed = "party:D age>=30"

    def posted(address: str, body: dict[str, Any]) -> Any:
        answer = client.post(address, body, format="json")
        assert answer.status_code < 300, answer.json()
        return answer.json()

    counts = [posted("/v1/counts", {"criteria": one})["count"] for one in (tree, typed)]
    assert counts[0] == counts[1] > 0
    drawn = posted("/v1/samples", {"criteria": typed, "size": 100})["results"]
    assert len(drawn) == counts[0]
    draft = {"name": "Typed", "kind": "pinned", "criteria": typed}
    saved = posted("/v1/lists", draft)
    assert saved["criteria"] == tree
    assert saved["counts"] == {"OH": counts[0]}


def test_parsing_shows_both_forms_and_answers_faults_with_their_place(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.stranger)

    def parsed(criteria: Any, **more: Any) -> Any:
        body = {"criteria": criteria, **more}
        return client.post("/v1/criteria/parse", body, format="json")

    both = parsed("county:Franklin -phone:*", states=["OH"]).json()
    assert both == {
        "tree": {"all": [_test("county", "eq", 39049), _test("phone", "known", False)]},
        "text": "county:39049 -phone:*",
        "fields": ["county", "phone"],
        "groups": ["contact_details", "registration"],
    }
    assert parsed(both["tree"]).json() == both
    refused = parsed("party:D agee>3")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_field")
    (fault,) = refused.json()["errors"]
    assert (fault["line"], fault["column"], fault["offset"]) == (1, 9, 8)
    assert "Did you mean age" in fault["detail"]
    assert read_criteria(None) == EVERYONE


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("party:D contacted:14", 18, "or days back like 14d: contacted:14d."),
        ("reached:2w", 8, "or days back like 14d: reached:14d."),
        ("zip:43001", 0, "Did you mean res_zip5?"),
        ("party:D dob:1980-01-01", 8, "Did you mean birth_date?"),
        ("sex:F", 0, "Did you mean gender?"),
        ("name:SMITH", 0, "Did you mean first_name, last_name?"),
    ],
)
def test_what_people_call_it_elsewhere_is_told_in_our_words(
    text: str, offset: int, hint: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_criteria(text)
    (fault,) = refused.value.faults
    assert fault.detail.endswith(hint)
    assert fault.at
    assert fault.at["offset"] == offset
