"""Every policy is replaced by one that lets all through, one at a time: some attack must then succeed.

A wall that nobody would miss is no wall. With all policies in place every attack fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.database.attacks import (
    COMMANDS,
    LOG_INS,
    Policy,
    Table,
    attempts,
    bare_walls,
    owner_sql,
    policies,
    tables,
)

KNOWN_TO_ALL: Final = {
    "jurisdictions_state": "states and who owns their data are public facts",
    "voters_election": "a state's elections are public facts",
}
KNOWN_TO_MEMBERS: Final = {
    "organizations_organization": "the directory of members",
    "jurisdictions_statepolicy": "what a state's law allows",
}
NOT_MISSED: Final[dict[str, str]] = {
    "canvass_inbox.hands_over": "narrows what a definer function of the worker's can delete",
    "feeds_change.publisher_appends": "narrows what a definer function of the publisher's can write",
}
"""Policies whose loss opens nothing by itself, and why they stand nevertheless."""


@pytest.fixture
def walls(committed_db: CommittedDatabase, cast: Cast) -> dict[str, Table]:
    """The walled tables of a database of one's own, with nothing but policies to stop anyone."""
    bare_walls()
    return tables(cast)


@pytest.mark.slow
def test_every_table_is_shut_and_no_policy_can_go_unmissed(
    walls: dict[str, Table], cast: Cast
) -> None:
    everything = policies()
    missed_by_nobody = set()
    for table in walls.values():
        before = results(table, cast)
        opened_up = {
            name: got for name, got in before.items() if got and must_fail(*name)
        }
        assert not opened_up
        for policy in everything:
            if policy.table == table.name and not policy.is_open:
                with opened(policy):
                    after = results(table, cast, commands_against(policy))
                if all(got <= before[name] for name, got in after.items()):
                    missed_by_nobody.add(str(policy))
    assert missed_by_nobody == set(NOT_MISSED)


def commands_against(policy: Policy) -> set[str]:
    """Return the attacks that a policy has to stop."""
    if policy.command == "ALL":
        return {command for group in COMMANDS.values() for command in group}
    return {*COMMANDS[policy.command], "COUNT"}


def results(
    table: Table, cast: Cast, commands: set[str] | None = None
) -> dict[tuple[str, str, str], int]:
    """Return what each attack on a table got at: by table, command and attacker."""
    return {
        (table.name, attempt.command, attempt.who): attempt.run()
        for using in LOG_INS.values()
        for attempt in attempts(table, cast, using=using)
        if commands is None or attempt.command in commands
    }


def must_fail(table: str, command: str, who: str) -> bool:
    """Tell whether an attack must get at nothing: a blind one may get at the attacker's own rows."""
    if command.startswith("BLIND"):
        return False
    if command not in {"SELECT", "COUNT"}:
        return True
    return table not in KNOWN_TO_ALL and (
        table not in KNOWN_TO_MEMBERS or who.startswith("nobody")
    )


@contextmanager
def opened(policy: Policy) -> Iterator[None]:
    """Let everything through one policy, for as long as the block lasts."""
    alter(policy, "true" if policy.using else None, "true" if policy.check else None)
    try:
        yield
    finally:
        alter(policy, policy.using, policy.check)


def alter(policy: Policy, using: str | None, check: str | None) -> None:
    words = f"ALTER POLICY {policy.name} ON public.{policy.table}"
    words += f" USING ({using})" if using else ""
    words += f" WITH CHECK ({check})" if check else ""
    owner_sql(words)


def test_policies_that_let_all_through_are_for_roles_that_nobody_logs_in_as(
    walls: dict[str, Table],
) -> None:
    open_to_log_ins = {
        policy.table
        for policy in policies()
        if policy.is_open and set(policy.roles) & {*LOG_INS, "public"}
    }
    assert open_to_log_ins == set(KNOWN_TO_ALL)
