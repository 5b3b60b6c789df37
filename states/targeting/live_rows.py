"""The statements that live bitmaps are made from: what a reader is shown of all voters, or of those who changed.

A row tells of one voter: what contacts and suppressions say, or (`name`, `told`) one answer to a published
question or one of the reader's own activist codes. The last row tells what was seen, and of which position.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from states.facets.live import ORDINAL
from states.fields.answers import PREFIX as ANSWER
from states.targeting.codes import ACTIVIST_CODE

SLICED: Final = ("last_contact", "last_reached", "attempts", "support")
FLAGS: Final = ("suppressions",)
WIDE: Final = (*SLICED, "last_contact_type", "last_result", *FLAGS)
NAME: Final = "name"
TOLD: Final = "told"
TYPES: Final[dict[str, pl.DataType]] = {
    ORDINAL: pl.UInt32(),
    **dict.fromkeys(WIDE, pl.UInt32()),
    NAME: pl.String(),
    TOLD: pl.String(),
    "seen": pl.String(),
    "position": pl.Int64(),
}

_DAY: Final = "(c.{} AT TIME ZONE 'UTC')::date - date '0001-01-01'"
_VALUES: Final = f"""
    SELECT r.ordinal, {_DAY.format("last_contact_at")}, {_DAY.format("reached_at")}, c.attempts, c.support,
           c.last_contact_type, c.last_result, s.kinds,
           NULL::text AS name, NULL::text AS told, NULL::text AS seen, NULL::bigint AS position"""
_NONE: Final = "NULL, NULL, NULL, NULL, NULL, NULL, NULL"
_KINDS: Final = """
    SELECT s.voter, bit_or(1 << (array_position({kinds}, s.kind) - 1)) AS kinds
    FROM canvass_suppression AS s WHERE s.state = {state}"""
_REGISTERED: Final = (
    " JOIN voters_registration AS r ON r.state = {state} AND r.place > 0 AND r.voter ="
)
_ANSWERS: Final = """
    SELECT DISTINCT ON (k.voter, told.one ->> 'question')
           k.voter, told.one ->> 'question' AS question, told.one ->> 'response' AS response
    FROM canvass_contact AS k CROSS JOIN LATERAL jsonb_array_elements(k.state_answers) AS told(one)
    WHERE k.state = {state} AND k.retracted_at IS NULL AND k.state_answers IS NOT NULL"""
_NEWEST: Final = " ORDER BY k.voter, told.one ->> 'question', k.event_time DESC, k.seq DESC, response DESC"
_ANSWERED: Final = f" UNION ALL SELECT r.ordinal, {_NONE}, '{ANSWER}' || a.question, a.response, NULL, NULL FROM "  # noqa: S608
_CODED: Final = f" UNION ALL SELECT r.ordinal, {_NONE}, '{ACTIVIST_CODE}', k.code::text, NULL, NULL FROM "  # noqa: S608

ALL: Final = f"""{_VALUES}
    FROM (SELECT s.voter, {{gathered}} GROUP BY s.voter) AS c
    FULL JOIN ({_KINDS} GROUP BY s.voter) AS s ON s.voter = c.voter
    {_REGISTERED} coalesce(c.voter, s.voter)
    {_ANSWERED} ({_ANSWERS}{_NEWEST}) AS a{_REGISTERED} a.voter
    {_CODED} canvass_coded AS k{_REGISTERED} k.voter WHERE k.state = {{state}} AND k.applied"""
"""What the reader is shown of every voter of whom anything is said."""
CHANGED: Final = f"""
    WITH changed AS MATERIALIZED (
        SELECT DISTINCT f.voter FROM feeds_change AS f
        WHERE f.state = {{state}} AND f.seq > {{after}} AND f.voter IS NOT NULL)
    {_VALUES} FROM changed AS f
    {_REGISTERED} f.voter
    LEFT JOIN LATERAL (SELECT {{gathered}} AND s.voter = f.voter) AS c ON true
    LEFT JOIN LATERAL ({_KINDS} AND s.voter = f.voter GROUP BY s.voter) AS s ON true
    {_ANSWERED} changed AS f CROSS JOIN LATERAL ({_ANSWERS} AND k.voter = f.voter{_NEWEST}) AS a
    {_REGISTERED} f.voter
    {_CODED} changed AS f JOIN canvass_coded AS k ON k.state = {{state}} AND k.voter = f.voter AND k.applied
    {_REGISTERED} f.voter"""  # noqa: S608
"""The same of the voters whom the reader's feed names after a position, with nothing said of them too."""
SEEN: Final = f"""
    UNION ALL SELECT NULL, {_NONE}, NULL, NULL, md5(
        coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM facets_registration AS f
                  WHERE f.state = {{state}} AND f.field = '' AND f.value = '')::text, '{{{{}}}}')
        || coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM facets_contacts AS f
                     WHERE f.state = {{state}} AND f.field = '' AND f.value = '')::text, '{{{{}}}}')
        || coalesce((SELECT v.version::text FROM facets_version AS v WHERE v.state = {{state}}
            AND v.publication = (SELECT max(p.number) FROM voters_publication AS p WHERE p.state = {{state}})), '')),
        (SELECT sec.feed_head({{state}}))"""  # noqa: S608
"""A digest of the places and the version that were seen, and the position that it is all of."""
