"""Every table is somebody's: a state's or an organization's, behind a wall, or named here as neither."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

FRAMEWORK = {
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
    "guardian_groupobjectpermission",
    "guardian_userobjectpermission",
    "mfa_authenticator",
    "organizations_person",
    "organizations_person_groups",
    "organizations_person_user_permissions",
}
"""Read before an actor is known, or holding names of permissions: no state's data, no organization's."""

REFERENCE = {"jurisdictions_county"}
"""Public facts that nobody can change through the application."""


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(query, values or None)
        return list(cursor.fetchall())


def names(query: str, *values: Any) -> set[str]:
    return {str(row[0]) for row in rows(query, *values)}


TABLES = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


def test_every_table_is_behind_a_wall_or_named_as_an_exception() -> None:
    open_ones = names(TABLES + " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)")

    assert open_ones == FRAMEWORK | REFERENCE


def test_no_wall_lets_everyone_write() -> None:
    careless = names("""
        SELECT p.polrelid::regclass || ': ' || p.polname FROM pg_policy AS p
        WHERE p.polcmd <> 'r' AND 'coop_app'::regrole = ANY (p.polroles)
          AND (coalesce(pg_get_expr(p.polqual, p.polrelid), '') = 'true'
               OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') = 'true')
    """)

    assert careless == set()


def test_every_unique_key_of_a_states_table_names_the_state() -> None:
    careless = names("""
        SELECT i.indexrelid::regclass::text FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relkind = 'p' AND NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attname = 'state' AND a.attnum = ANY (i.indkey))
    """)

    assert careless == set()


def test_the_primary_key_of_a_states_table_leads_with_the_state() -> None:
    """Of tables that a first publication fills beside it ends with it: their indexes are built at once."""
    careless = names("""
        SELECT i.indexrelid::regclass::text FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[
            CASE WHEN c.relname = ANY (sec.tables_filled_beside()) THEN i.indnkeyatts - 1 ELSE 0 END]
        WHERE i.indisprimary AND c.relkind = 'p' AND a.attname <> 'state'
    """)

    assert careless == set()


def test_every_index_of_a_table_filled_beside_ends_with_the_state() -> None:
    """An index that begins with what all rows share takes three times as long to build."""
    careless = names("""
        SELECT i.indexrelid::regclass::text FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.indnkeyatts - 1]
        WHERE c.relkind = 'p' AND c.relname = ANY (sec.tables_filled_beside()) AND a.attname <> 'state'
    """)

    assert careless == set()


def test_tables_partitioned_by_state_are_registered() -> None:
    partitioned = names(TABLES + " AND c.relkind = 'p'")

    assert partitioned == names("SELECT name FROM sec.state_table")


PARTITIONS = """
    SELECT c.oid FROM pg_class AS c
    JOIN pg_inherits AS i ON i.inhrelid = c.oid WHERE c.relkind IN ('r', 'p')
"""


def test_there_are_partitions() -> None:
    assert len(rows(PARTITIONS)) > 10


def test_every_partition_shuts_everyone_out_by_itself() -> None:
    careless = names(f"""
        SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid IN ({PARTITIONS})
          AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity
               OR c.relnamespace <> 'partitions'::regnamespace
               OR EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))
    """)

    assert careless == set()


def test_nobody_but_the_owner_has_rights_on_a_partition() -> None:
    granted = names(f"""
        SELECT c.oid::regclass || ' to ' || a.grantee::regrole
        FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid IN ({PARTITIONS}) AND a.grantee <> c.relowner
    """)

    assert granted == set()


@pytest.mark.parametrize("role", ["coop_app", "coop_loader"])
def test_the_application_cannot_enter_the_partitions(role: str) -> None:
    assert rows("SELECT has_schema_privilege(%s, 'partitions', 'USAGE')", role) == [
        (False,)
    ]


def test_the_app_role_cannot_enter_the_staging_area() -> None:
    answer = rows("SELECT has_schema_privilege('coop_app', 'staging', 'USAGE, CREATE')")

    assert answer == [(False,)]


def test_the_application_owns_nothing_and_is_a_member_of_nothing() -> None:
    owned = names("""
        SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
        WHERE r.rolname IN ('coop_app', 'coop_loader')
          AND c.relnamespace IN ('public'::regnamespace, 'partitions'::regnamespace, 'sec'::regnamespace)
    """)
    member = names("""
        SELECT g.rolname FROM pg_auth_members AS m
        JOIN pg_roles AS r ON r.oid = m.member JOIN pg_roles AS g ON g.oid = m.roleid
        WHERE r.rolname IN ('coop_app', 'coop_loader')
    """)

    assert owned == set()
    assert member == set()


def test_definer_functions_fix_their_search_path_and_serve_nobody_by_default() -> None:
    careless = names("""
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE p.prosecdef AND p.pronamespace IN ('sec'::regnamespace, 'public'::regnamespace)
          AND (NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c LIKE 'search_path=%')
               OR p.proacl IS NULL
               OR EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0))
    """)

    assert careless == set()
