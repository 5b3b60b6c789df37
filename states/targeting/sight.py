"""What a statement saw of a state, to be held against the keys that were read before: places of two groups, and the version."""

from __future__ import annotations

import hashlib
from typing import Final

from psycopg import sql

from states.facets.reading import Keys
from states.fields.definition import Group

_PLACES: Final = """
    coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM {facets} AS f
              WHERE f.state = {state} AND f.field = '' AND f.value = '')::text, '{{}}')"""
_VERSION: Final = """
    coalesce((SELECT v.version::text FROM facets_version AS v WHERE v.state = {state}
        AND v.publication = (SELECT max(p.number) FROM voters_publication AS p WHERE p.state = {state})), '')"""


def seen_by_statement(state: str, group: Group) -> sql.Composed:
    """Return the expression of a digest of where the registration and `group` may be read, and of which version."""
    places = [
        sql.SQL(_PLACES).format(
            state=sql.Literal(state), facets=sql.Identifier(f"facets_{one.value}")
        )
        for one in (Group.REGISTRATION, group)
    ]
    version = sql.SQL(_VERSION).format(state=sql.Literal(state))
    return sql.SQL("md5({})").format(sql.SQL(" || ").join([*places, version]))


def expected(keys: Keys, group: Group) -> str:
    """Return the digest that a statement gives which sees what the keys say."""
    places = (keys.places[one] for one in (Group.REGISTRATION, group))
    told = "".join("{" + ",".join(map(str, one)) + "}" for one in places)
    told += str(keys.version)
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


def digests(keys: Keys, group: Group) -> tuple[bytes, bytes]:
    """Return the digests of both groups' places: part of the key of whatever was read so."""
    return keys.digests[Group.REGISTRATION], keys.digests[group]
