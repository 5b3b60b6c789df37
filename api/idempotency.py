"""`Idempotency-Key`: the same request sent again gets the same answer, and is done once.

Follows draft-ietf-httpapi-idempotency-key-header. The answer commits together with the
act, so that neither exists without the other; a handler that opens its own scopes keeps
its answer right after.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import KeptAnswer
from api.parsers import limited_body
from coop.actors import NOBODY, Action, Actor
from coop.db.scope import acting_as, current_scope
from coop.errors import Conflict, Denied, Invalid
from coop.grants.queries import grants_in_force_of
from coop.sealing import seal, unseal

HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotency-Replayed"
LONGEST: Final = 200
KEPT_FOR: Final = timedelta(hours=24)
ABANDONED_AFTER: Final = timedelta(minutes=2)


def once(request: Request, *, rests_on_grants: bool = False) -> Once | None:
    """Return the attempt that a request with an `Idempotency-Key` is, or None without one.

    `rests_on_grants`: its answer is not told again once one of the caller's grants has ended. Only JSON bodies count: an upload has a checksum of its own.
    """
    key = request.headers.get(HEADER, "")
    kind = (request.content_type or "").partition(";")[0]
    if not key or kind not in {"", "text/plain", "application/json"}:
        return None
    if len(key) > LONGEST:
        msg = f"{HEADER} must have at most {LONGEST} characters."
        raise Invalid("idempotency_key_invalid", msg)
    actor = request.auth
    assert isinstance(actor, Actor)
    return Once(actor, key, _fingerprint(request), rests_on_grants)


@dataclass(slots=True)
class Once:
    """One attempt at a request that must be done once.

    Where it `rests_on_grants`, those in force are kept beside the answer, and must be so at each replay.
    """

    actor: Actor
    key: str
    fingerprint: str
    rests_on_grants: bool = False
    _row: UUID = NOBODY
    _started: datetime = field(default_factory=timezone.now)

    def claim(self) -> Response | None:
        """Return the answer given before, or None after claiming the key for this attempt.

        Raises `Invalid` where the key was used for another request, `Conflict` while the
        first one is running.
        """
        with acting_as(self.actor, Action.MANAGE):
            KeptAnswer.objects.filter(expires_at__lt=self._started).delete()
            kept = self._insert()
            if kept.id == self._row:
                return None
            return self._answer_of(kept)

    def keep(self, answer: Response) -> None:
        """Keep the answer, inside the scope of the act where there is one.

        Raises `Conflict` where the attempt took so long that another took it over.
        """
        if current_scope() is None:
            with acting_as(self.actor, Action.MANAGE):
                self._store(answer)
        else:
            self._store(answer)

    def release(self) -> None:
        """Give the key back after a failure: nothing was done, so the next attempt may try."""
        with acting_as(self.actor, Action.MANAGE):
            self._mine().delete()

    def _insert(self) -> KeptAnswer:
        """Insert a claim unless there is one; return whichever stands."""
        mine = KeptAnswer(
            organization=self.actor.organization,
            principal=self.actor.principal,
            key_hash=hashlib.sha256(self.key.encode()).hexdigest(),
            fingerprint=self.fingerprint,
            started_at=self._started,
            expires_at=self._started + KEPT_FOR,
        )
        self._row = mine.id
        KeptAnswer.objects.bulk_create([mine], ignore_conflicts=True)
        return KeptAnswer.objects.get(
            organization=mine.organization,
            principal=mine.principal,
            key_hash=mine.key_hash,
        )

    def _answer_of(self, kept: KeptAnswer) -> Response | None:
        if kept.fingerprint != self.fingerprint:
            sentence = f"This {HEADER} was used for another request."
            raise Invalid("idempotency_key_reused", sentence)
        if kept.status is not None and kept.body is not None:
            return self._opened(kept.status, bytes(kept.body))
        self._take_over(kept)
        return None

    def _take_over(self, kept: KeptAnswer) -> None:
        """Take the place of an attempt that was abandoned; a living one is a conflict."""
        abandoned = Q(started_at__lt=self._started - ABANDONED_AFTER)
        waiting = KeptAnswer.objects.filter(abandoned, id=kept.id, status=None)
        if not waiting.update(started_at=self._started):
            sentence = "The first request with this key is still running."
            raise Conflict("idempotency_key_running", sentence)
        self._row = kept.id

    def _mine(self) -> QuerySet[KeptAnswer]:
        return KeptAnswer.objects.filter(
            id=self._row, started_at=self._started, status=None
        )

    def _store(self, answer: Response) -> None:
        plain = json.dumps(
            {
                "grants": sorted(self._grants()) if self.rests_on_grants else [],
                "data": json.loads(JSONRenderer().render(answer.data) or b"null"),
                "location": answer.headers.get("Location", ""),
            }
        ).encode()
        sealed = seal(plain, self._purpose())
        stored = self._mine().update(status=answer.status_code, body=sealed)
        if not stored:
            sentence = "Another request with this key has taken over."
            raise Conflict("idempotency_key_running", sentence)

    def _opened(self, status: int, sealed: bytes) -> Response:
        kept = json.loads(unseal(sealed, self._purpose()))
        if not set(kept.get("grants", ())) <= self._grants():
            detail = "A license that the answer rested on has ended since."
            raise Denied("license_changed", detail)
        headers = {REPLAYED_HEADER: "true"}
        if kept["location"]:
            headers["Location"] = kept["location"]
        return Response(kept["data"], status, headers=headers)

    def _grants(self) -> set[str]:
        """Return the ids of the grants that the caller's organization may use now, in the open scope."""
        return {str(one.id) for one in grants_in_force_of(self.actor)}

    def _purpose(self) -> str:
        """Make the caller's key part of what opens the answer: the database holds its hash only."""
        return f"answer|{self.actor.organization}|{self.key}"


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(limited_body(request._request))  # noqa: SLF001 - DRF's own way to it
    return digest.hexdigest()
