"""Contacts pushed as lines: a verdict a line, each once its micro-batch is kept."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Invalid
from coop.ledger.models import Entry
from coop.organizations.models import Credential
from states.canvass.lines import LONGEST, Lines, Unpacked
from states.canvass.models import InboxItem
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, revoke
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.feeds.streaming import key_of, web_server

LINES = "application/x-ndjson"


def sent(client: APIClient, raw: bytes, **headers: str) -> list[dict[str, Any]]:
    """Push raw lines; return the lines of the answer."""
    answer = client.post("/v1/contacts", raw, content_type=LINES, headers=headers)
    assert answer.status_code == 202, answer.content
    assert answer["Content-Type"] == LINES
    return [json.loads(line) for line in answer.getvalue().splitlines()]


def packed(*bodies: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in bodies)


def test_each_line_has_its_verdict_and_bad_ones_hurt_no_others(cast: Cast) -> None:
    first = body(cast.places[1][0])
    raw = packed(first) + b"{not json\n\n" + packed(first, {"event_id": "x"}, 5)
    raw += packed(first | {"contact_type": "phone"}, body(uuid4()))
    raw += b"[" * 5000 + b"\n" + b'{"event_id":"\\u0000"}\n'
    raw += b" " * (LONGEST + 1) + b"\n" + packed(body(cast.places[1][1]))[:-1]
    found = sent(client_of(cast.outside_group), raw)
    assert [(one["line"], one["verdict"]) for one in found] == [
        (1, "accepted"),
        (2, "rejected"),
        (4, "duplicate"),
        (5, "rejected"),
        (6, "rejected"),
        (7, "rejected"),
        (8, "rejected"),
        (9, "rejected"),
        (10, "rejected"),
        (11, "rejected"),
        (12, "accepted"),
    ]
    codes = [one["errors"][0]["code"] if one["errors"] else "" for one in found]
    assert codes[1] == "line_malformed"
    assert codes[4:] == [
        "object_required",
        "event_id_reused",
        "voter_unknown",
        "line_malformed",
        "character_invalid",
        "line_too_long",
        "",
    ]
    assert found[2]["id"] == found[0]["id"]
    with acting_as(cast.outside_group, Action.READ):
        assert InboxItem.objects.filter(state="OH").count() == 2


def test_gzip_is_taken_and_so_is_what_was_packed_in_parts(cast: Cast) -> None:
    raw = packed(*(body(voter) for voter in cast.places[1]))
    middle = len(raw) // 2
    parts = gzip.compress(raw[:middle]) + gzip.compress(raw[middle:])
    found = sent(client_of(cast.outside_group), parts, content_encoding="gzip")
    assert [one["line"] for one in found] == list(range(1, 41))
    assert {one["verdict"] for one in found} == {"accepted"}


def test_a_damaged_or_unknown_packing_is_told_and_good_lines_before_it_stay(
    cast: Cast,
) -> None:
    client = client_of(cast.outside_group)
    raw = gzip.compress(packed(body(cast.places[1][0])))[:-4]
    found = sent(client, raw, content_encoding="gzip")
    assert [one.get("verdict") for one in found] == ["accepted", None]
    assert found[1]["end"]["code"] == "archive_damaged"
    (ended,) = sent(client, b"plain text", content_encoding="gzip")
    assert ended["end"]["code"] == "archive_damaged"
    answer = client.post(
        "/v1/contacts", b"x", content_type=LINES, headers={"Content-Encoding": "br"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "encoding_unsupported")


def test_a_bomb_ends_before_it_is_unpacked() -> None:
    unpacked, given = Unpacked("gzip"), 0
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()

    def unpack() -> None:
        nonlocal given
        for at in range(0, len(bomb), 1000):
            for piece in unpacked.feed(bomb[at : at + 1000]):
                given += len(piece)

    with pytest.raises(Invalid, match="archive_floods"):
        unpack()
    assert given <= 17 << 20


def test_a_line_without_end_takes_no_memory() -> None:
    lines = Lines()
    found = [one for _ in range(100) for one in lines.feed(b"x" * 100_000)]
    assert [(one.number, one.raw) for one in found] == [(1, None)]
    found = [*lines.feed(b"\nnext\nlast"), *lines.close()]
    assert [(one.number, one.raw) for one in found] == [(2, b"next"), (3, b"last")]


def test_nobody_pushes_lines_without_the_permission(cast: Cast) -> None:
    reader = client_of(cast.outside_group, permissions=["contacts:read"])
    answer = reader.post("/v1/contacts", packed(body(uuid4())), content_type=LINES)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    assert (
        APIClient().post("/v1/contacts", b"{}", content_type=LINES).status_code == 401
    )
    pushed = sent(client_of(cast.stranger), packed(body(cast.places[1][0])))
    assert pushed[0]["errors"][0]["code"] == "voter_unknown"


def test_a_test_credential_keeps_no_line(cast: Cast) -> None:
    tester = client_of(cast.outside_group, test=True)
    (found,) = sent(tester, packed(body(cast.places[1][0])))
    assert (found["verdict"], found["id"], found["receipt"]) == ("accepted", None, None)
    with acting_as(cast.outside_group, Action.READ):
        assert not InboxItem.objects.filter(state="OH").exists()
    with acting_as(cast.outside_group, Action.MANAGE):
        assert Entry.objects.get(event="canvass:contact:pushed").detail["test"]


def test_whoever_asks_for_lines_gets_lines_or_a_problem(cast: Cast) -> None:
    client = client_of(cast.outside_group)
    assert len(sent(client, packed(body(cast.places[1][0])), accept=LINES)) == 1
    assert sent(client, b"") == []
    asked = client.post(
        "/v1/contacts?dry=1", b"", content_type=LINES, headers={"Accept": LINES}
    )
    assert asked.status_code == 422
    plain = client.post("/v1/contacts", {}, "json", headers={"Accept": LINES})
    assert plain.status_code == 406


class Talk:
    """A body of lines on a socket, sent line by line, and the verdicts heard meanwhile."""

    def __init__(self, url: str, key: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.socket.sendall(
            f"POST /v1/contacts HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: {LINES}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        self._heard = self.socket.makefile("rb")

    def close(self) -> None:
        """Cut the connection."""
        self._heard.close()
        self.socket.close()

    def say(self, contact: dict[str, Any]) -> dict[str, Any]:
        """Send a line, and return the answer's next one, which must come before the next is sent."""
        raw = packed(contact)
        self.socket.sendall(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        while not (found := self._heard.readline()).startswith(b"{"):
            assert found, "the answer ended"
        answer: dict[str, Any] = json.loads(found)
        return answer


@pytest.mark.slow
def test_verdicts_come_while_lines_are_still_sent_and_follow_a_revocation(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    by, voters = cast.outside_group, cast.places[1]
    key, other = key_of(by), key_of(by)
    with web_server(committed_db) as server:
        cut, first, second = (Talk(server.url, one.text) for one in (key, key, other))
        kept = [talk.say(body(voters[0])) for talk in (cut, first, second)]
        assert {one["verdict"] for one in kept} == {"accepted"}
        cut.close()
        with acting_as(by, Action.MANAGE):
            Credential.objects.filter(prefix=other.prefix).update(
                revoked_at=timezone.now()
            )
        assert second.say(body(voters[1]))["end"]["code"] == "standing_ended"
        assert first.say(body(voters[1]))["verdict"] == "accepted"
        revoke(cast.ohio, by)
        refused = first.say(body(voters[2]))
        assert (refused["line"], refused["errors"][0]["code"]) == (3, "voter_unknown")
        first.close()
        second.close()
    with acting_as(by, Action.READ):
        assert InboxItem.objects.filter(state="OH").count() == 4
