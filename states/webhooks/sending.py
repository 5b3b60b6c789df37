"""Sending to an address that someone else chose: resolved once, judged, pinned, never redirected.

A name is resolved here and the connection goes to the very address that was judged, so that a
name which answers differently the second time gains nothing. Only the status is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from coop.errors import Invalid

Resolver = Callable[[str, int], Sequence[str]]
"""Takes a host and a port and returns addresses as text."""

ANSWER_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 15.0
NAT64: Final = ipaddress.ip_network("64:ff9b::/32")


class AddressForbidden(Exception):  # noqa: N818 - named for what happened
    """The name leads to an address that no webhook may reach."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: `delivered`, or why not; the status, if there was one."""

    outcome: str
    status: int | None
    milliseconds: int


def check_url(url: str) -> None:
    """Raise `Invalid` for an address that could never be sent to; a name is judged when sending."""
    try:
        parts = urlsplit(url)
        port, host = _port(parts), parts.hostname
    except ValueError as error:
        raise _invalid("This is no address.") from error
    if parts.scheme not in _schemes() or not host:
        raise _invalid("A webhook's address begins with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _invalid("An address holds no password and no fragment.")
    if not settings.DEBUG and port != 443 and port < 1024:
        raise _invalid("A webhook's port is 443, or 1024 and above.")
    if any(char <= " " or char > "~" for char in url):
        raise _invalid("Write the address in ASCII, without spaces.")
    if _is_inside(host):
        raise _invalid("A webhook's address is one of the public internet.")


def _is_inside(host: str) -> bool:
    """Tell whether a host is written as an address that no webhook may reach."""
    try:
        return not is_public(host)
    except ValueError:
        return not settings.DEBUG and f".{host}".endswith(".localhost")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def send(
    url: str, body: bytes, headers: Mapping[str, str], *, resolver: Resolver = resolve
) -> Outcome:
    """Post to an address and return what became of it; never raises for what the other side does."""
    started = time.monotonic()
    outcome, status = "connection_failed", None
    try:
        check_url(url)
        status = _post(urlsplit(url), body, headers, resolver)
        outcome = "delivered" if 200 <= status < 300 else "status"
    except (AddressForbidden, Invalid):
        outcome = "address_forbidden"
    except ssl.SSLError:
        outcome = "tls_failed"
    except TimeoutError:
        outcome = "timeout"
    except (OSError, http.client.HTTPException, UnicodeError):
        outcome = "connection_failed"
    return Outcome(outcome, status, round((time.monotonic() - started) * 1000))


def judged_address(host: str, port: int, resolver: Resolver) -> str:
    """Return the address to connect to. Raises `AddressForbidden` if any of the name's is forbidden."""
    addresses = list(resolver(host, port))
    if not addresses or not all(is_public(one) for one in addresses):
        raise AddressForbidden
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet; loopback passes with DEBUG."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        if one.ipv4_mapped:
            one = one.ipv4_mapped
        elif one.sixtofour or one.teredo or one in NAT64 or one.is_site_local:
            return False
    if settings.DEBUG and one.is_loopback:
        return True
    return one.is_global and not one.is_multicast and not one.is_reserved


def _post(
    parts: SplitResult, body: bytes, headers: Mapping[str, str], resolver: Resolver
) -> int:
    host, port = str(parts.hostname), _port(parts)
    address = judged_address(host, port, resolver)
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    plain = socket.create_connection((address, port), ANSWER_SECONDS)
    connection.sock = plain
    watch = threading.Timer(WHOLE_SECONDS, _shut, [connection])
    watch.start()
    try:
        if parts.scheme == "https":
            _secure(connection, host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        return connection.getresponse().status
    finally:
        watch.cancel()
        connection.close()
        plain.close()


def _secure(connection: http.client.HTTPConnection, host: str) -> None:
    context = ssl.create_default_context()
    secured = context.wrap_socket(
        connection.sock, server_hostname=host, do_handshake_on_connect=False
    )
    connection.sock = secured
    secured.do_handshake()


def _shut(connection: http.client.HTTPConnection) -> None:
    """End a connection whose other side answers byte by byte."""
    with suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.DEBUG else ("https",)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _invalid(sentence: str) -> Invalid:
    return Invalid("webhook_url_invalid", sentence)
