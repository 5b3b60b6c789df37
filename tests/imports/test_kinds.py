"""What the owner is told of a difference: new, changed by field, gone, moved, and what became of identifiers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from states.imports.models import Import
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import CUYAHOGA, FRANKLIN, import_voters, people, person

BORN = dt.date(1961, 3, 4)
ADA = {"first_name": "ADA", "last_name": "SINGULAR", "birth_date": BORN}
BELA = {
    "first_name": "BELA",
    "last_name": "UNUSUAL",
    "birth_date": dt.date(1990, 7, 8),
}


def again(cast: Cast, before: list[Any], after: list[Any]) -> Import:
    """Publish the first, then compare the second with it, among forty who stay."""
    rest = people(range(1, 41))
    import_voters(cast.ohio, [*rest, *before])
    return import_voters(cast.ohio, [*rest, *after], review=True)


def test_the_owner_is_told_of_each_kind(ohio: Cast, client_of: ClientOf) -> None:
    before = [
        person(50, **ADA),
        person(51, **BELA),
        person(52),
        person(53, county=FRANKLIN),
        person(54),
        person(55),
    ]
    after = [
        person(60, **ADA),  # the person of 50, under another identifier
        person(51, first_name="CLEO", last_name="STRANGER", birth_date=BORN),
        person(53, county=CUYAHOGA),
        person(54, status="inactive"),
        person(55, confidential=True),
        person(61, first_name="DORA", last_name="NEWCOMER"),
    ]
    run = again(ohio, before, after)
    shown = client_of(ohio.ohio).get(f"/v1/imports/{run.id}/review").json()
    assert shown["kinds"] == {
        "new": 3,
        "changed": 3,
        "gone": 3,
        "returned": 0,
        "moved": 1,
        "moved_county": 1,
        "status_changed": 1,
        "id_changed": 1,
        "id_reused": 1,
        "confidential": 1,
        "newly_confidential": 1,
        "unchanged": 40,
    }
    fields = shown["fields"]
    # Who has the identifier of another is new: nothing of a person changed.
    assert not {"first_name", "last_name", "birth_date"} & set(fields)
    assert (fields["county"], fields["status"]) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after", "ids"),
    [
        # Two persons of one name, born on different days.
        (person(50, **ADA), person(60, **ADA | {"birth_date": dt.date(1988, 1, 1)}), (0, 0)),
        # Someone who married, and someone whose birth was set right.
        (person(50, **ADA), person(50, **ADA | {"last_name": "MARRIED"}), (0, 0)),
        (person(50, **ADA), person(50, **ADA | {"birth_date": dt.date(1961, 4, 3)}), (0, 0)),
        # Someone who took both names anew, but was born that day.
        (
            person(50, **ADA),
            person(50, first_name="OTHER", last_name="NAMED", birth_date=BORN),
            (0, 0),
        ),
        # Moved to another county under its identifier there.
        (
            person(50, **ADA, county=FRANKLIN),
            person(60, **ADA, county=CUYAHOGA),
            (1, 0),
        ),
        (person(50, **ADA), person(50, **BELA), (0, 1)),
    ],
    ids=["namesake", "married", "birth mended", "renamed", "id changed", "id re-used"],
)  # fmt: skip
def test_an_identifier_changed_or_reused_is_told_from_a_person_changed(
    ohio: Cast, before: dict[str, Any], after: dict[str, Any], ids: tuple[int, int]
) -> None:
    kinds = again(ohio, [before], [after]).review["kinds"]
    assert (kinds["id_changed"], kinds["id_reused"]) == ids
