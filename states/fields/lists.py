"""Saved lists among the fields: criteria may name one by its id, as `list`, beside the standard fields."""

from __future__ import annotations

from typing import Final

from states.fields.definition import Group, Kind, Operator, declare

LIST: Final = "list"
MEMBERSHIP: Final = declare(
    Group.REGISTRATION,
    Kind.CODE,
    LIST,
    "Saved list",
    "Membership of a saved list of one's own or shared with one, by its id.",
    column=None,
    operators=(Operator.EQ, Operator.IN),
    identifying=True,
    exportable=False,
)
"""No field of a voter's row. A list of one's own making can single a voter out, so who may only count may not ask."""
