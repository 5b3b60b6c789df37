"""A download over real HTTP: a revocation ends it so that the client sees it is not whole; a killed server is swept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connections
from rest_framework.test import APIClient

from coop.actors import OPERATOR, Action
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.organizations.models import Organization
from states.lists.models import Export
from tests.api.conftest import make_key
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import entries, order, path_of, sent_in, status_of
from tests.lists.test_lists import save
from tests.servers import free_port

pytestmark = pytest.mark.slow
ClientOf = Callable[..., APIClient]
MORE_VOTERS = 24_000


def publish_more(voters: int) -> None:
    """Publish many more voters of the campaign's first place, by SQL alone."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO voters_registration (state, voter, place, publication, fingerprint,"
            " state_voter_id, status, first_name, last_name, res_address, us_house_district)"
            " SELECT 'OH', gen_random_uuid(), 1, 1, '\\x00', 'MORE' || n, 'active', 'ADA',"
            " repeat('SMITH', 20), repeat('ELM ST ', 20), '3' FROM generate_series(1, %s) AS n",
            [voters],
        )
        cursor.execute("RESET ROLE")


@pytest.fixture
def server(committed_db: CommittedDatabase, tmp_path: Path) -> Iterator[Any]:
    """The web server on the test's database: its address and its process."""
    publish_more(MORE_VOTERS)
    port = str(free_port())
    environment = committed_db.environment() | {"PORT": port, "WEB_PROCESSES": "1"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "coop.asgi:application"],
            cwd=settings.BASE_DIR,
            env=environment
            | {
                "DJANGO_SETTINGS_MODULE": "coop.settings",
                "FORWARDED_ALLOW_IPS": "*",
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    _await_answer(address)
    yield address, process
    process.terminate()
    process.wait(30)


def _await_answer(address: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{address}/health/live", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def test_a_whole_file_arrives_whole(
    server: Any, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"], columns=["last_name"])
    answer = httpx.get(server[0] + path_of(ordered), timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(answer.text.splitlines()) == 1 + 80 + MORE_VOTERS
    assert status_of(cast.campaign, ordered["id"]) == ("complete", "")


def test_a_revocation_ends_a_running_download_within_a_second(
    server: Any, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    with httpx.stream("GET", server[0] + path_of(ordered), timeout=60) as answer:
        parts = answer.iter_bytes()
        received = next(parts)
        with acting_as(cast.ohio, Action.MANAGE):
            held = Grant.objects.filter(grantee=cast.campaign.organization)
            assert held.update(status="revoked") == 1
        revoked_at = time.monotonic()
        rest: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError):
            rest.extend(parts)
    assert time.monotonic() - revoked_at < 3
    lines = b"".join([received, *rest]).decode().splitlines()
    assert 1 < len(lines) < MORE_VOTERS
    status, reason = status_of(cast.campaign, ordered["id"])
    assert status == "cut"
    # The database refuses a chunk that was judged a moment before.
    assert reason in {"state_not_licensed", "license_changed", "denied"}
    with acting_as(cast.campaign, Action.EXPORT):
        (cut,) = Export.objects.filter(id=ordered["id"])
    assert len(sent_in(ordered["id"])) == cut.rows >= len(lines) - 2
    noted = entries(cast.campaign, "lists:export:downloaded")
    assert sum(one.rows or 0 for one in noted) == cut.rows


def test_a_client_that_hangs_up_leaves_a_cut_export(
    server: Any, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    with httpx.stream("GET", server[0] + path_of(ordered), timeout=60) as answer:
        next(answer.iter_bytes())
    deadline = time.monotonic() + 20
    while status_of(cast.campaign, ordered["id"])[0] == "streaming":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert status_of(cast.campaign, ordered["id"]) == ("cut", "client_gone")


def test_an_address_cannot_be_claimed(server: Any, cast: Cast) -> None:
    with acting_as(OPERATOR, Action.OPERATE):
        ohio = Organization.objects.get(id=cast.ohio.organization)
    key = make_key(ohio, networks=["198.51.100.0/24"])
    headers = {
        "Authorization": f"Bearer {key.text}",
        "X-Forwarded-For": "198.51.100.7",
    }
    answer = httpx.get(f"{server[0]}/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "address_not_allowed")
