"""Guard rails: each is measured against what was there, and the owner sets how far it bends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.imports.guards import DEFAULTS, Guard, Profile, Verdict, judge
from states.imports.models import Import, Status
from states.imports.work import run_imports
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import (
    CUYAHOGA,
    FRANKLIN,
    import_voters,
    people,
    person,
    registration,
)

FIGURES = {
    "rows": 1000,
    "rejected": 0,
    "repeated": 0,
    "in_scope": 1000,
    "gone": 0,
    "id_reused": 0,
    "confidential": 100,
    "confidential_before": 100,
}


def profile(**changes: Any) -> Profile:
    values = {
        "voters": 1000,
        "nulls": {"phone": 100},
        "counties": {"39049": 600, "39035": 400},
        "parties": {"D": 400, "R": 400, "": 200},
        "ages": {"1950": 500, "1980": 500},
    }
    return Profile(**values | changes)  # type: ignore[arg-type]


CASES: list[tuple[Guard, dict[str, int], Profile, float, str]] = [
    (Guard.MANY_GONE, {"gone": 201}, profile(), 0.201, ""),
    (Guard.MANY_REJECTED, {"rejected": 51}, profile(), 0.051, ""),
    (Guard.MANY_REPEATED, {"repeated": 21}, profile(), 0.021, ""),
    (Guard.CONFIDENTIAL_FELL, {"confidential": 49}, profile(), 0.51, ""),
    (Guard.IDS_REUSED, {"id_reused": 6}, profile(), 0.006, ""),
    (Guard.TOTAL_SHIFTED, {"in_scope": 1300}, profile(), 300 / 1300, ""),
    (
        Guard.COUNTY_SHIFTED,
        {},
        profile(counties={"39049": 800, "39035": 200}),
        0.5,
        "39035",
    ),
    (Guard.NULLS_ROSE, {}, profile(nulls={"phone": 301}), 0.201, "phone"),
    (Guard.PARTY_SHIFTED, {}, profile(parties={"D": 510, "R": 490}), 0.2, ""),
    (Guard.AGE_SHIFTED, {}, profile(ages={"1950": 399, "1980": 601}), 0.101, "1950"),
]


@pytest.mark.parametrize(
    ("guard", "figures", "now", "shift", "about"), CASES, ids=[c[0] for c in CASES]
)
def test_each_guard_stops_over_its_threshold_and_passes_at_it(
    guard: Guard, figures: dict[str, int], now: Profile, shift: float, about: str
) -> None:
    told = {one.guard: one for one in judge(FIGURES | figures, now, profile(), {})}
    assert told[guard].verdict == Verdict.STOPPED
    assert told[guard].shift == pytest.approx(shift, abs=1e-6)
    assert (told[guard].threshold, told[guard].about) == (DEFAULTS[guard], about)
    others = [one.guard for one in told.values() if one.verdict == Verdict.STOPPED]
    assert others == [guard]
    lax = judge(FIGURES | figures, now, profile(), {guard: shift + 1e-6})
    assert {one.verdict for one in lax} == {Verdict.PASSED}


def test_the_first_file_and_a_small_one_are_not_compared() -> None:
    first = FIGURES | {"in_scope": 0, "confidential_before": 0}
    told = {one.guard: one.verdict for one in judge(first, profile(), None, {})}
    compared = {guard for guard, verdict in told.items() if verdict == Verdict.PASSED}
    assert compared == {Guard.MANY_REJECTED, Guard.MANY_REPEATED}
    small = judge(
        FIGURES | {"in_scope": 40}, profile(voters=40), profile(voters=50), {}
    )
    verdicts = {one.guard: one.verdict for one in small}
    assert verdicts[Guard.TOTAL_SHIFTED] == Verdict.NOT_COMPARABLE
    assert verdicts[Guard.PARTY_SHIFTED] == Verdict.NOT_COMPARABLE


def judged(run: Import) -> dict[str, tuple[str, str]]:
    return {
        one["guard"]: (one["verdict"], one["about"]) for one in run.review["guards"]
    }


def test_a_strange_file_is_held_back_by_what_is_strange_about_it(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 301)))
    strange = [
        person(n, party="N", res_address=None, birth_date=dt.date(1999, 1, 1))
        for n in range(1, 301)
    ]
    run = import_voters(ohio.ohio, strange)
    assert run.status == Status.READY
    assert [one["code"] for one in run.needs_review] == [
        "nulls_rose",
        "party_shifted",
        "age_shifted",
    ]
    assert judged(run)["nulls_rose"] == ("stopped", "res_address")
    assert judged(run)["county_shifted"][0] == "passed"
    assert registration(ohio, 7).res_address == "7 ELM ST"


def test_the_review_counts_by_kind_and_by_field(
    ohio: Cast, client_of: ClientOf
) -> None:
    import_voters(ohio.ohio, people(range(1, 41)))
    changed = [
        person(1, last_name="NEWNAME"),
        person(2, county=FRANKLIN, last_name="NEWNAME"),
        person(3, status="inactive", history=[]),
        person(4, confidential=True),
    ]
    run = import_voters(
        ohio.ohio, [*changed, *people(range(5, 39)), person(41)], review=True
    )
    client = client_of(ohio.ohio)
    told = client.get(f"/v1/imports/{run.id}/review").json()
    assert told["kinds"] == {
        "new": 1,
        "changed": 4,
        "gone": 2,
        "returned": 0,
        "moved": 1,
        "moved_county": 1,
        "status_changed": 1,
        "id_changed": 0,
        "id_reused": 0,
        "confidential": 1,
        "newly_confidential": 1,
        "unchanged": 34,
    }
    assert told["fields"]["last_name"] == 2
    assert told["fields"]["votes"] == 1
    assert "first_name" not in told["fields"]
    assert {one["guard"] for one in told["guards"]} == set(Guard)
    assert told["needs_review"][0]["code"] == "asked_for"
    for name, actor in ohio.everyone.items():
        if name != "ohio":
            where = f"/v1/imports/{run.id}/review"
            assert client_of(actor).get(where).status_code == 404


def test_the_owner_sets_thresholds_and_they_hold_from_the_next_comparison(
    ohio: Cast, client_of: ClientOf
) -> None:
    client, where = client_of(ohio.ohio), "/v1/states/OH/guard-rails"
    given = {"thresholds": {"many_gone": 0.01, "county_shifted": 0.9}}
    assert client.put(where, given, format="json").status_code == 200
    guards = {one["guard"]: one for one in client.get(where).json()["guards"]}
    assert guards["many_gone"] == {
        "guard": "many_gone",
        "threshold": 0.01,
        "default": 0.2,
    }
    import_voters(ohio.ohio, people(range(1, 41)))
    run = import_voters(ohio.ohio, people(range(1, 40)))
    assert [one["code"] for one in run.needs_review] == ["many_gone"]
    assert "over 1.0%" in run.needs_review[0]["detail"]
    with acting_as(ohio.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="imports:guard_rails:set")
        assert entry.detail["after"] == given["thresholds"]
    client.put(where, {"thresholds": {}}, format="json")
    again = client.get(where).json()["guards"]
    assert all(one["threshold"] == one["default"] for one in again)


@pytest.mark.parametrize(
    ("thresholds", "code"),
    [({"many_lost": 0.1}, "guard_unknown"), ({"many_gone": -1}, "out_of_range")],
)
def test_thresholds_that_measure_nothing_are_refused(
    ohio: Cast, client_of: ClientOf, thresholds: dict[str, float], code: str
) -> None:
    where = "/v1/states/OH/guard-rails"
    answer = client_of(ohio.ohio).put(where, {"thresholds": thresholds}, format="json")
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == [code]


def test_nobody_else_sees_or_sets_guard_rails(ohio: Cast, client_of: ClientOf) -> None:
    where, given = "/v1/states/OH/guard-rails", {"thresholds": {"many_gone": 1.0}}
    owner = client_of(ohio.ohio)
    assert owner.put(where, given, format="json").status_code == 200
    for name, actor in ohio.everyone.items():
        if name == "ohio":
            continue
        client = client_of(actor)
        assert client.get(where).status_code == 404
        assert client.put(where, given, format="json").status_code == 404
        with acting_as(actor, Action.IMPORT), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM imports_guardrail")
            assert cursor.fetchone()[0] == 0
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(
                    "INSERT INTO imports_guardrail"
                    " VALUES ('OH', 'x', 0, gen_random_uuid(), now())"
                )
    reader = client_of(ohio.ohio, Permission.FILES_WRITE)
    assert reader.put(where, given, format="json").status_code == 403


def test_an_older_file_is_published_with_a_reason_only(
    ohio: Cast, client_of: ClientOf
) -> None:
    import_voters(ohio.ohio, people(range(1, 11)))
    run = import_voters(
        ohio.ohio,
        [person(1, county=CUYAHOGA), *people(range(2, 11))],
        file_date=dt.date(2026, 10, 1),
    )
    client, where = client_of(ohio.ohio), f"/v1/imports/{run.id}/publish"
    refused = client.post(where)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    given = {"reason": "November's file was cut."}
    assert client.post(where, given, format="json").status_code == 202
    run_imports()
    assert registration(ohio, 1).county == CUYAHOGA
    told = client.get(f"/v1/imports/{run.id}/review").json()
    assert told["reason"] == given["reason"]
    with acting_as(ohio.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="imports:import:reviewed")
        assert entry.detail == {"reasons": ["older_file"], **given}
