"""Voters as lines that the server writes itself: cells of CSV, safe in a spreadsheet or as they are, or JSON objects.

Thousands of voters a chunk are too many for a Python object each: the text is made where the rows are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from psycopg import sql

from states.fields.definition import Field, Group, Kind
from states.targeting.columns import (
    NUMBERED,
    TABLES,
    StateFacts,
    ballots_licensed,
    contacts_among,
    is_standing,
    literal,
    shown_column,
    suppressions_among,
)
from states.targeting.compile import Universe, universe_rows

_VOTER: Final = sql.SQL("r.voter, r.place")
# What spreadsheets take for the beginning of a formula.
_WIDE: Final = ("\uff0b", "\uff0d", "\uff1d", "\uff20")
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *_WIDE)
_DIALED: Final = r"^\+[0-9]{1,15}$"
# Below "A" and from the wide plus on stands every sign that is dangerous; digits are none: most texts need two comparisons.
_SAFE: Final = (
    "CASE WHEN ({value} COLLATE \"C\" < 'A' AND ({value} COLLATE \"C\" < '0' OR {value} COLLATE \"C\" >= ':')"
    " OR {value} COLLATE \"C\" >= '\uff0b') AND left({value}, 1) = ANY ({signs})"
    " THEN '''' || {value} ELSE {value} END"
)


@dataclass(frozen=True, slots=True)
class Cells:
    """What lines are made of: `kept` is read with the voter, as `c0`, `c1`, …; `shown` are the cells, made of these.

    What was said at a voter's door is in `shown` alone: it is gathered for a whole page at once.
    """

    kept: list[sql.Composable] = field(default_factory=list)
    shown: list[sql.Composable] = field(default_factory=list)

    def keep(self, cell: sql.Composable) -> sql.Composable:
        """Have a cell read with the voter; return how it is named afterwards."""
        self.kept.append(cell)
        return sql.Identifier("page", f"c{len(self.kept) - 1}")


def page_of_lines(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    cells: Cells,
    after: UUID | None,
    limit: int,
) -> sql.Composed:
    """Return the statement of the next `limit` voters by id: `voter`, `place`, `spot`, and what is kept as `c0`, `c1`, ….

    `fields` are those whose tables the cells read.
    """
    conditions = list(universe.conditions)
    if after is not None:
        conditions.append(sql.SQL("r.voter > {}").format(literal(after, "uuid")))
    narrowed = replace(universe, conditions=conditions)
    rows = _page_rows(narrowed, facts, fields, after=after)
    return sql.SQL("SELECT {}, r.voter AS spot{} {} ORDER BY r.voter LIMIT {}").format(
        _VOTER, _named(cells.kept), rows, sql.Literal(limit)
    )


def page_at_spots(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    cells: Cells,
    spots: sql.Composable,
) -> sql.Composed:
    """Return the same statement of those voters who are in the universe and among `spots`: a statement of voter, spot."""
    join = sql.SQL(" JOIN ({}) AS o ON o.voter = r.voter").format(spots)
    narrowed = replace(universe, joins=[join, *universe.joins])
    rows = _page_rows(narrowed, facts, fields)
    return sql.SQL("SELECT {}, o.spot{} {} ORDER BY o.spot").format(
        _VOTER, _named(cells.kept), rows
    )


def _page_rows(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    after: UUID | None = None,
) -> sql.Composable:
    shown = [one for one in fields if not is_standing(one)]
    return universe_rows(universe, facts, shown=shown, row_by_row=True, after=after)


def lines_of_page(
    facts: StateFacts, fields: Sequence[Field], *, cells: Cells
) -> sql.Composed:
    """Return the statement of a page's lines, where `page` is one of the statements above, in its order."""
    voters = sql.SQL("(SELECT array_agg(page.voter) FROM page)::uuid[]")
    joins = []
    if any(map(is_standing, fields)):
        words = " LEFT JOIN ({}) AS c ON c.voter = page.voter"
        joins.append(sql.SQL(words).format(contacts_among(facts, voters)))
    if any(one.name == "suppressions" for one in fields):
        words = " LEFT JOIN ({}) AS x ON x.voter = page.voter"
        joins.append(sql.SQL(words).format(suppressions_among(facts, voters)))
    return sql.SQL("SELECT {} FROM page{} ORDER BY page.spot").format(
        sql.SQL(", ").join(cells.shown), sql.SQL("").join(joins)
    )


def csv_cells(
    fields: Sequence[Field], facts: StateFacts, shown: frozenset[Group], *, safe: bool
) -> Cells:
    """Return the cells of a voter: id, state, then the fields; those of groups not `shown` are empty.

    `safe` takes a formula's force away by a leading quote; telephone numbers in E.164 keep their plus.
    """
    cells = Cells()
    cells.shown.extend([_id_of(facts), literal(facts.state, "text")])
    for one in fields:
        if one.group not in shown:
            cells.shown.append(sql.SQL("NULL::text"))
            continue
        cell = _cell(one, facts)
        cell = _safe(one, cell, facts) if safe else cell
        gathered = is_standing(one)
        cells.shown.append(cell if gathered else cells.keep(cell))
    return cells


def json_cells(
    fields: Sequence[Field],
    titles: Sequence[str],
    facts: StateFacts,
    shown: frozenset[Group],
) -> Cells:
    """Return the one cell that is a voter's JSON object, its id first.

    What is unknown is null; what is not licensed is left out, and named under `denied_fields`.
    """
    cells = Cells()
    titled = list(zip(fields, titles, strict=True))
    parts: list[sql.Composable] = [
        sql.SQL("""'{{"id":"' || {} || '","state":"' || {} || '"'""").format(
            _id_of(facts), literal(facts.state, "text")
        )
    ]
    for one, title in titled:
        if one.group in shown:
            member = _member(one, title, facts)
            gathered = is_standing(one)
            parts.append(member if gathered else cells.keep(member))
    groups = [one.group for one in fields]
    denied = [
        sql.SQL("CASE WHEN {} THEN '{{}}' ELSE {} END").format(
            _seen(group, facts) if group in shown else sql.SQL("false"),
            literal([title for one, title in titled if one.group is group], "text[]"),
        )
        for group in dict.fromkeys(groups)
    ]
    named = sql.SQL(" || ").join([sql.SQL("'{}'::text[]"), *denied])
    told = cells.keep(sql.SQL("to_json({})::text").format(named))
    words = """',"denied_fields":' || {} || '}}'"""
    line = [*parts, sql.SQL(words).format(told)]
    cells.shown.append(sql.SQL(" || ").join(line))
    return cells


def _named(cells: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL("").join(
        sql.SQL(", {} AS {}").format(cell, sql.Identifier(f"c{number}"))
        for number, cell in enumerate(cells)
    )


def _id_of(facts: StateFacts) -> sql.Composable:
    return sql.SQL("{} || replace(page.voter::text, '-', '')").format(
        literal(f"{facts.state}-", "text")
    )


def _cell(field: Field, facts: StateFacts) -> sql.Composable:
    value = _value(field, facts)
    if field.several:
        return sql.SQL("array_to_string({}, ';')").format(value)
    return value


def _value(field: Field, facts: StateFacts) -> sql.Composable:
    """Return a field's value, in words where its table holds their numbers."""
    if field.name == "suppressions":
        return sql.SQL("coalesce(x.kinds, '{}')")
    column = shown_column(field, facts)
    words = NUMBERED.get(field.name)
    if words is None:
        return column
    cases = [
        sql.SQL("WHEN {} THEN {}").format(
            sql.Literal(word.number), sql.Literal(word.name)
        )
        for word in words
    ]
    return sql.SQL("CASE {} {} END").format(column, sql.SQL(" ").join(cases))


def is_labeled(field: Field, facts: StateFacts) -> bool:
    """Tell whether a score's values are words of its uploader."""
    known = facts.scores.get(field.name) if field.group is Group.SCORES else None
    return known is not None and bool(known.labels)


def _safe(field: Field, cell: sql.Composable, facts: StateFacts) -> sql.Composable:
    figures = field.kind is Kind.NUMBER and not is_labeled(field, facts)
    if figures or field.values is not None or field.kind in {Kind.INTEGER, Kind.DATE}:
        return cell  # words of ours, figures and days begin no formula
    safe = sql.SQL(_SAFE).format(value=cell, signs=literal(list(DANGEROUS), "text[]"))
    if field.kind is not Kind.PHONE:
        return safe
    return sql.SQL("CASE WHEN {value} ~ {dialed} THEN {value} ELSE {safe} END").format(
        value=cell, dialed=literal(_DIALED, "text"), safe=safe
    )


def _member(field: Field, title: str, facts: StateFacts) -> sql.Composable:
    words = "CASE WHEN {} THEN {} || coalesce(to_json({})::text, 'null') ELSE '' END"
    return sql.SQL(words).format(
        _seen(field.group, facts),
        literal(f",{json.dumps(title)}:", "text"),
        _value(field, facts),
    )


def _seen(group: Group, facts: StateFacts) -> sql.Composable:
    """Return the test that a voter's row of a group is licensed."""
    if group in {Group.REGISTRATION, Group.CONTACTS, Group.SCORES}:
        return sql.SQL("true")
    if group is Group.BALLOTS:
        return ballots_licensed(facts)
    return sql.SQL("{} IS NOT NULL").format(sql.Identifier(TABLES[group][1], "voter"))
