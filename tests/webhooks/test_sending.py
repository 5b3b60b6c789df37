"""No webhook reaches an address inside, however it is written, resolved or redirected to."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from coop.errors import Invalid
from states.webhooks import sending
from states.webhooks.sending import check_url, is_public, send
from tests.webhooks.receiving import receiving

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]


@pytest.fixture
def production(settings: object) -> None:
    settings.DEBUG = False  # type: ignore[attr-defined]


@pytest.fixture
def developing(settings: object) -> None:
    settings.DEBUG = True  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str, production: None) -> None:
    assert not is_public(address)
    outcome = send(
        "https://hook.example.org/", b"{}", {}, resolver=lambda *_: [address]
    )
    assert (outcome.outcome, outcome.status) == ("address_forbidden", None)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_an_address_outside_is_public(address: str, production: None) -> None:
    assert is_public(address)


def test_one_bad_address_among_good_ones_forbids_the_name(production: None) -> None:
    both = ["8.8.8.8", "10.0.0.1"]
    outcome = send("https://hook.example.org/", b"{}", {}, resolver=lambda *_: both)
    assert outcome.outcome == "address_forbidden"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]"]
)
def test_another_spelling_of_an_address_inside_is_judged_as_resolved(
    host: str, production: None
) -> None:
    outcome = send(f"https://{host}:8443/", b"{}", {})
    assert outcome.outcome in {"address_forbidden", "connection_failed"}
    assert outcome.status is None


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    outcome = send(
        "https://rebinding.example.org/", b"{}", {}, resolver=lambda *_: next(answers)
    )
    assert outcome.outcome == "connection_failed"
    assert connected == [("8.8.8.8", 443)]
    assert list(answers) == [["127.0.0.1"]]


def test_a_redirect_is_an_answer_and_is_not_followed(developing: None) -> None:
    with receiving() as inside, receiving() as outside:
        outside.status, outside.location = 302, inside.url
        outcome = send(outside.url, b"{}", {})
        assert (outcome.outcome, outcome.status) == ("status", 302)
        assert len(outside.got) == 1
        assert inside.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example.org/",
        "ftp://hook.example.org/",
        "https://user:word@hook.example.org/",
        "https:///path",
        "https://hook.example.org:22/",
        "https://hook.example.org:99999/",
        "https://hook.example.org/#part",
        "https://hook.example.org/a b",
        "https://hook.example.org/\r\nHost: inside",
        "hook.example.org",
        "https://10.1.2.3/hook",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:a01:203]:8443/",
        "https://localhost/",
        "https://hook.localhost:8443/",
    ],
)
def test_an_address_that_could_never_be_is_refused(url: str, production: None) -> None:
    with pytest.raises(Invalid, match="webhook_url_invalid"):
        check_url(url)
    assert send(url, b"{}", {}).outcome == "address_forbidden"


def test_a_receiver_that_answers_byte_by_byte_is_cut(
    developing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip() -> None:
            one, _address = door.accept()
            with one:
                for letter in b"HTTP/1.1 200 OK and so on and on and on":
                    try:
                        one.send(bytes([letter]))
                    except OSError:
                        return
                    time.sleep(0.1)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.monotonic()
        outcome = send(f"http://127.0.0.1:{door.getsockname()[1]}/", b"{}", {})
        assert time.monotonic() - started < 2
        assert outcome.outcome == "connection_failed"
        thread.join()
