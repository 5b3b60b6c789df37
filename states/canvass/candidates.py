"""Blocking: the voters whom a description might be about, out of those that the open scope may read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from states.canvass.nicknames import NICKNAMES, address_start
from states.canvass.references import Description
from states.fields.definition import Group
from states.voters.search import after_prefix

BLOCK: Final = 400
"""Voters whom one block may hold; one that is full tells nobody apart."""

_BY_NAME: Final = """
    SELECT r.voter, 'name' FROM voters_registration AS r
    WHERE r.state = %(state)s AND r.name_key = ANY (a.names) LIMIT %(most)s"""
_BY_PLACE_AND_NAME: Final = """
    SELECT r.voter, 'zip' FROM voters_registration AS r
    WHERE r.state = %(state)s AND a.zip IS NOT NULL AND r.name_key ~>=~ a.name_from
      AND r.name_key ~<~ a.name_to AND r.res_zip5 = a.zip LIMIT %(most)s"""
_BY_ADDRESS: Final = """
    SELECT r.voter, 'address' FROM voters_registration AS r
    WHERE r.state = %(state)s AND r.address_key ~>=~ a.address_from
      AND r.address_key ~<~ a.address_to LIMIT %(most)s"""
_BY_PHONE: Final = """
    SELECT c.voter, 'phone' FROM voters_contactdetails AS c
    WHERE c.state = %(state)s AND c.phone = a.phone AND c.phone IS NOT NULL LIMIT %(most)s"""
_BY_EMAIL: Final = """
    SELECT c.voter, 'email' FROM voters_contactdetails AS c
    WHERE c.state = %(state)s AND c.email = a.email AND c.email IS NOT NULL LIMIT %(most)s"""
_BLOCKS: Final = """
    SELECT a.number, b.voter, b.block
    FROM jsonb_to_recordset(%(rows)s) AS a(number integer, names text[], zip text, name_from text,
        name_to text, address_from text, address_to text, phone text, email text)
    CROSS JOIN LATERAL ({blocks}) AS b(voter, block)
"""
_PEOPLE: Final = """
    SELECT r.voter, r.place, r.first_name, r.middle_name, r.last_name, r.name_suffix, r.res_address, r.res_zip5,
           d.birth_date::text, d.birth_year, c.phone, lower(c.email)
    FROM voters_registration AS r
    LEFT JOIN voters_demographics AS d ON d.state = %(state)s AND d.voter = r.voter AND %(births)s
    LEFT JOIN voters_contactdetails AS c ON c.state = %(state)s AND c.voter = r.voter AND %(details)s
    WHERE r.state = %(state)s AND r.voter = ANY (%(voters)s::uuid[])
"""
_MEMBERS: Final = (
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "address",
    "zip5",
    "birth_date",
    "birth_year",
    "phone",
    "email",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A voter whom the reader may see, and what of the voter it may compare."""

    voter: UUID
    place: int
    known: Mapping[str, Any]


@dataclass(slots=True)
class Block:
    """Whom a description might be about.

    `sure` are those who were found where there are no others: a way of looking up that
    finds as many as it may hold tells nobody apart.
    """

    candidates: list[Candidate] = field(default_factory=list)
    sure: set[UUID] = field(default_factory=set)


def blocks_of(
    state: str, described: Sequence[Description], groups: frozenset[str] | None
) -> list[Block]:
    """Return the voters whom each description might be about, in the open scope for reading.

    `groups` are the field groups that the reader may use, None for all: without contact
    details no phone is looked up, without demographics no birth is compared.
    """
    rows = [_keys(number, one) for number, one in enumerate(described)]
    found = _looked_up(state, rows, _statement(groups))
    wanted = {voter for voters in found.values() for voter in voters}
    people = _people(state, sorted(wanted), groups)
    blocks = [Block() for _ in described]
    of: dict[int, set[UUID]] = defaultdict(set)
    for (number, _way), voters in found.items():
        of[number] |= set(voters)
        if len(voters) < BLOCK:
            blocks[number].sure |= set(voters)
    for number, among in of.items():
        blocks[number].candidates = [people[v] for v in sorted(among) if v in people]
    return blocks


def _statement(groups: frozenset[str] | None) -> str:
    blocks = [_BY_NAME, _BY_PLACE_AND_NAME, _BY_ADDRESS]
    if _covers(groups, Group.CONTACT_DETAILS):
        blocks += [_BY_PHONE, _BY_EMAIL]
    return _BLOCKS.format(blocks=" UNION ALL ".join(f"({one})" for one in blocks))


def _covers(groups: frozenset[str] | None, group: Group) -> bool:
    return groups is None or group.value in groups


def _looked_up(
    state: str, rows: list[dict[str, Any]], statement: str
) -> dict[tuple[int, str], list[UUID]]:
    found: dict[tuple[int, str], list[UUID]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"state": state, "most": BLOCK, "rows": json.dumps(rows)}
        )
        for number, voter, block in cursor.fetchall():
            found[number, block].append(voter)
    return found


def _people(
    state: str, voters: list[UUID], groups: frozenset[str] | None
) -> dict[UUID, Candidate]:
    values: dict[str, Any] = {
        "state": state,
        "voters": voters,
        "births": _covers(groups, Group.DEMOGRAPHICS),
        "details": _covers(groups, Group.CONTACT_DETAILS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, values)
        return {
            voter: Candidate(voter, place, dict(zip(_MEMBERS, members, strict=True)))
            for voter, place, *members in cursor.fetchall()
        }


def _keys(number: int, one: Description) -> dict[str, Any]:
    """Return what a description is looked up by; absent keys find nobody."""
    keys: dict[str, Any] = {
        "number": number,
        "names": _name_keys(one),
        "zip": one.zip5[:5] if one.zip5 else None,
        "phone": one.phone,
        "email": one.email.lower() if one.email else None,
    }
    if one.last_name and one.first_name:
        begins = f"{one.last_name},{one.first_name[0]}".upper()
        keys |= {"name_from": begins, "name_to": after_prefix(begins)}
    if start := address_start(one.address) if one.address else None:
        keys |= {"address_from": start, "address_to": after_prefix(start)}
    return keys


def _name_keys(one: Description) -> list[str]:
    if not one.last_name or not one.first_name:
        return []
    last, first = one.last_name.upper(), one.first_name.upper()
    firsts = sorted(NICKNAMES.get(first, frozenset()) | {first})
    return [f"{last},{name}" for name in firsts] + [f"{first},{last}"]
