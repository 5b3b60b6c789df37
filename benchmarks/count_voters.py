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
CONTACTED: Final = f"""
INSERT INTO canvass_standing (state, voter, audience, place, last_contact_at, last_contact_type, last_result,
                              last_seq, attempts, reached_at, support, support_at, support_seq)
SELECT 'OH', r.voter, a.audience, r.place, t.at, 2, t.result, 1, 1 + t.chance % 5,
       CASE WHEN t.result = 14 THEN t.at END, t.support, CASE WHEN t.support IS NOT NULL THEN t.at END,
       CASE WHEN t.support IS NOT NULL THEN 1 END
FROM voters_registration AS r
CROSS JOIN LATERAL (SELECT {CHANCE.format(at=20)} AS chance) AS c
CROSS JOIN LATERAL (
    SELECT c.chance, timestamptz '2026-11-21 12:00+00' - c.chance % 60 * interval '1 day' AS at,
           (ARRAY[1, 14, 19])[1 + c.chance % 3] AS result,
           CASE WHEN c.chance % 3 = 1 THEN 1 + c.chance % 5 END AS support) AS t
CROSS JOIN (VALUES (uuid '00000000-0000-0000-0000-000000000000'), (%(owner)s)) AS a(audience)
WHERE r.state = 'OH' AND c.chance % 10 < 3;
INSERT INTO canvass_suppression (state, voter, kind, audience, place, day)
SELECT 'OH', r.voter, k.kind, '00000000-0000-0000-0000-000000000000', r.place, '2026-11-01'
FROM voters_registration AS r CROSS JOIN (VALUES ('call', 7), ('moved', 11)) AS k(kind, part)
WHERE r.state = 'OH' AND {CHANCE.format(at=28)} % 100 = k.part;
"""  # noqa: S608
# The owner's own contacts are all in its pool: the pool's values are the newest.
WHOLE: Final = """
    SELECT r.party, r.status, r.county, r.us_house_district, r.registration_date, d.birth_date, d.gender,
           p.phone, array_to_string(h.elections, ' ') AS elections,
           (s.last_contact_at AT TIME ZONE 'UTC')::date AS last_contact, s.last_result, s.support,
           coalesce(s.attempts, 0) AS attempts, no_calls.voter IS NOT NULL AS no_calls, moved.voter IS NOT NULL AS moved
    FROM voters_registration AS r JOIN voters_demographics AS d USING (state, voter)
    JOIN voters_contactdetails AS p USING (state, voter) JOIN voters_votehistory AS h USING (state, voter)
    LEFT JOIN canvass_standing AS s ON s.state = 'OH' AND s.voter = r.voter
     AND s.audience = '00000000-0000-0000-0000-000000000000'
    LEFT JOIN canvass_suppression AS no_calls ON no_calls.state = 'OH' AND no_calls.voter = r.voter
     AND no_calls.kind = 'call'
    LEFT JOIN canvass_suppression AS moved ON moved.state = 'OH' AND moved.voter = r.voter AND moved.kind = 'moved'
    WHERE r.state = 'OH' AND r.place > 0
"""


def fill_everything(voters: int, owner: Actor) -> None:
    """Publish invented voters of Ohio with demographics, telephones and votes; three in ten were contacted."""
    fill(voters)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for election, number in ELECTIONS.items():
            cursor.execute(
                "INSERT INTO voters_election VALUES ('OH', %s, %s, %s)",
                [number, election.date, election.type],
            )
        cursor.execute(FILL)
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(CONTACTED.replace("%(owner)s", f"uuid '{owner.organization}'"))
        cursor.execute("RESET ROLE")
        for table in ("standing", "suppression"):
            cursor.execute(f"VACUUM (ANALYZE) canvass_{table}")
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
