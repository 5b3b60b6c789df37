"""Requests of the tus protocol, as tests send them in process."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.files.actions import open_delivery
from tests.cast import Cast

PIECE = "application/offset+octet-stream"
VERSION = {"Tus-Resumable": "1.0.0"}
TEXT = b"".join(b"OH%08d,EXAMPLE,%d\n" % (n, n * 7919) for n in range(4_000))


def delivery_of(cast: Cast) -> str:
    """Open a delivery of Ohio's."""
    date = dt.date(2026, 11, 15)
    return str(open_delivery(state="OH", file_date=date, by=cast.ohio).id)


def named(name: str) -> str:
    """Return the metadata that name a file."""
    return f"filename {base64.b64encode(name.encode()).decode()}"


def open_upload(
    client: APIClient, delivery: str, size: int = len(TEXT), name: str = "SWVF.txt"
) -> Any:
    """Ask for an upload."""
    headers = VERSION | {"Upload-Length": str(size), "Upload-Metadata": named(name)}
    return client.post(f"/v1/deliveries/{delivery}/uploads", headers=headers)


def opened(client: APIClient, delivery: str, **given: Any) -> str:
    """Open an upload; return its address."""
    answer = open_upload(client, delivery, **given)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def append(
    client: APIClient, where: str, offset: int, piece: bytes, **more: str
) -> Any:
    """Send a piece."""
    headers = VERSION | {"Upload-Offset": str(offset)} | more
    return client.patch(where, piece, content_type=PIECE, headers=headers)


def standing(client: APIClient, where: str) -> int:
    """Return the offset that HEAD tells."""
    answer = client.head(where, headers=VERSION)
    assert answer.status_code == 200, answer.status_code
    assert answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def digest(algorithm: str, piece: bytes) -> str:
    """Return a checksum as the header has it."""
    value = hashlib.new(algorithm, piece).digest()
    return f"{algorithm} {base64.b64encode(value).decode()}"


def events(cast: Cast) -> list[tuple[str, dict[str, Any]]]:
    """Return what the ledger says of Ohio's files, in order."""
    with acting_as(cast.ohio, Action.MANAGE):
        found = Entry.objects.filter(event__startswith="files:").order_by("at")
        return [(one.event, one.detail) for one in found]


def on_disk(folder: Path) -> set[str]:
    """Return the names of all files below a folder."""
    return {path.name for path in folder.rglob("*") if path.is_file()}
