"""Invented voters with every field group that counts are timed on, spread over 300 places."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connections
from django.utils import timezone

from benchmarks.count_criteria import ELECTIONS
from benchmarks.own_database import fill
from coop.actors import Actor, Permission
from coop.organizations.credential_actions import CredentialTerms, issue_credential

# A digest of the id stands for chance: the same voters each time that they are joined.
CHANCE: Final = "('x' || substr(r.voter::text, {at}, 4))::bit(16)::integer"
FILL: Final = f"""
INSERT INTO voters_demographics (state, voter, place, birth_date, birth_year, gender)
SELECT 'OH', r.voter, r.place, b.day, extract(year FROM b.day), (ARRAY['F', 'M', 'U'])[1 + {CHANCE.format(at=1)} % 3]
FROM voters_registration AS r
CROSS JOIN LATERAL (SELECT date '1930-01-01' + {CHANCE.format(at=5)} % 28000 AS day) AS b WHERE r.state = 'OH';
INSERT INTO voters_contactdetails (state, voter, place, phone)
SELECT 'OH', r.voter, r.place,
       CASE WHEN {CHANCE.format(at=25)} % 5 < 3 THEN '+1614555' || lpad(({CHANCE.format(at=29)} % 10000)::text, 4, '0') END
FROM voters_registration AS r WHERE r.state = 'OH';
INSERT INTO voters_votehistory (state, voter, place, elections, methods, parties)
SELECT 'OH', r.voter, r.place, v.elections, array_fill(''::text, ARRAY[cardinality(v.elections)]),
       array_fill(''::text, ARRAY[cardinality(v.elections)])
FROM voters_registration AS r
CROSS JOIN LATERAL (SELECT ARRAY(SELECT e FROM generate_series(1, 6) AS e
    WHERE ({CHANCE.format(at=33)} >> e) & 1 = 1) AS elections) AS v WHERE r.state = 'OH';
"""  # noqa: S608
WHOLE: Final = """
    SELECT r.party, r.status, r.county, r.us_house_district, r.registration_date, d.birth_date, d.gender,
           p.phone, array_to_string(h.elections, ' ') AS elections
    FROM voters_registration AS r JOIN voters_demographics AS d USING (state, voter)
    JOIN voters_contactdetails AS p USING (state, voter) JOIN voters_votehistory AS h USING (state, voter)
    WHERE r.state = 'OH' AND r.place > 0
"""


def fill_everything(voters: int) -> None:
    """Publish invented voters of Ohio with demographics, telephones and votes."""
    fill(voters)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for election, number in ELECTIONS.items():
            cursor.execute(
                "INSERT INTO voters_election VALUES ('OH', %s, %s, %s)",
                [number, election.date, election.type],
            )
        cursor.execute("SELECT sec.allot_ordinals('OH')")  # as publications do
        cursor.execute(FILL)
        cursor.execute("RESET ROLE")
        for table in ("registration", "demographics", "contactdetails", "votehistory"):
            cursor.execute(f"VACUUM (ANALYZE) voters_{table}")


def key_of(owner: Actor) -> str:
    """Return a key that may count for an organization."""
    terms = CredentialTerms(
        name="Benchmark",
        source="benchmark",
        permissions=[Permission.VOTERS_COUNT.value, Permission.VOTERS_READ.value],
        expires_at=timezone.now() + dt.timedelta(days=1),
    )
    return issue_credential(terms=terms, by=owner)[1].text
