"""Walk rank and household: what an address makes of its voter."""

from __future__ import annotations

import pytest
from django.db import connections

WALK = [
    (None, None),
    ("12 Oak St", None),
    ("1 Elm St", None),
    ("3 ELM ST", None),
    ("21 Elm St", "Apt 4"),
    ("21 elm st", "APT 10"),
    ("21 Elm St #11", None),
    ("21A Elm St", None),
    ("2 Elm St", None),
    ("10 Elm St", None),
    ("PO Box 9", None),
    ("12 Elm St Unit B", None),
]
EXPECTED = [
    ("1 Elm St", None),
    ("3 ELM ST", None),
    ("21 Elm St", "Apt 4"),
    ("21 elm st", "APT 10"),
    ("21 Elm St #11", None),
    ("21A Elm St", None),
    ("2 Elm St", None),
    ("10 Elm St", None),
    ("12 Elm St Unit B", None),
    ("12 Oak St", None),
    ("PO Box 9", None),
    (None, None),
]


@pytest.mark.django_db(databases=["owner"])
def test_walk_goes_street_by_street_side_by_side_door_by_door() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT line, second FROM unnest(%s::text[], %s::text[]) AS a (line, second)"
            " ORDER BY sec.walk_rank(line, second, '43004') COLLATE \"C\" NULLS LAST",
            [[line for line, _ in WALK], [second for _, second in WALK]],
        )
        assert cursor.fetchall() == EXPECTED


@pytest.mark.django_db(databases=["owner"])
def test_every_registration_has_the_rank_and_the_household_of_its_address() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL ROLE coop_publisher")
        cursor.execute(
            "SELECT count(*), count(DISTINCT household),"
            " count(DISTINCT (upper(res_address), upper(coalesce(res_address2, '')))"
            " ) FILTER (WHERE res_address IS NOT NULL),"
            " count(*) FILTER (WHERE walk_rank IS DISTINCT FROM sec.walk_rank("
            "res_address, res_address2, coalesce(res_zip5, upper(res_city), '')))"
            " FROM voters_registration"
        )
        voters, households, addresses, others = cursor.fetchone()
    assert voters > 100
    assert households == addresses > 1
    assert others == 0
