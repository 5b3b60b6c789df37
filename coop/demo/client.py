"""A caller of the API as any engineer would write it: a key, a base address, plain JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

CHUNK_BYTES = 1024 * 1024


class UnexpectedAnswer(Exception):  # noqa: N818 - reads as what happened
    """The service answered otherwise than the journey needs; carries the problem's text."""


class Client:
    """Calls the service as one organization."""

    def __init__(self, base: str, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self._http = httpx.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=60,
            trust_env=False,
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: int | tuple[int, ...] = (200, 201, 202, 204),
        **rest: Any,
    ) -> Any:
        """Return the decoded answer; raise `UnexpectedAnswer` for another status than expected."""
        answer = self._http.request(method, path, **rest)
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status_code not in expected:
            raise UnexpectedAnswer(
                f"{self.name}: {method} {path} → {answer.status_code} {answer.text[:600]}"
            )
        return (
            answer.json()
            if "json" in answer.headers.get("content-type", "")
            else answer.text
        )

    def get(self, path: str, **rest: Any) -> Any:
        """GET."""
        return self.call("GET", path, **rest)

    def post(self, path: str, json: Any = None, **rest: Any) -> Any:
        """POST a JSON body."""
        return self.call("POST", path, json=json if json is not None else {}, **rest)

    def download(self, address: str) -> str:
        """Return what a link gives, whole."""
        return str(self.call("GET", address))

    def upload(self, path: str, file: Path) -> Any:
        """PUT a file's bytes, streamed."""
        return self.call(
            "PUT",
            path,
            content=_chunks(file),
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(file.stat().st_size),
            },
        )


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk
