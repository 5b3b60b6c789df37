"""Uploads that arrive in pieces: opened, appended to over any number of connections, finished, ended."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from coop.actors import Action, Actor, Permission
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, Gone, Invalid, NotFound, not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from states.files import access, rules
from states.files.actions import enter_file
from states.files.checksums import Checksum
from states.files.models import Upload
from states.files.parts import Part, forget_part, locked_part
from states.files.storage import check_room, check_size

KEEP_BYTES: Final = 16 * 1024**2
KEEP_SECONDS: Final = 2.0
"""Bytes are made certain this often while they arrive; what came after is sent again after a crash."""
AT_ONCE: Final = 64 * 1024**2
"""Up to this size a file is hashed and judged in the request that brings its end; a larger one by a worker."""


def open_upload(*, delivery: UUID, name: str, size: int, by: Actor) -> Upload:
    """Open an upload of a file of `size` bytes in a delivery of a state that `by` owns.

    Raises `NotFound` for another's delivery, `Invalid` for a name or size that no file has,
    `TooLarge` over MAX_UPLOAD_BYTES, `TooMany` over what a state may have open,
    `Unavailable` where the disk has no room for it.
    """
    with acting_as(by, Action.IMPORT):
        found = access.delivery_by_id(delivery)
        rules.check_name(name)
        rules.check_length(size)
        check_size(size)
        hold_lock(Lock.UPLOADS_OF_STATE, found.state)
        rules.check_open_uploads(access.open_uploads(found.state), size)
        check_room(size)
        now = timezone.now()
        upload = Upload(
            delivery_id=found.id,
            state=found.state,
            name=name,
            size=size,
            opened_by=by.principal,
            opened_at=now,
            touched_at=now,
            expires_at=_expiry(now),
        )
        upload.save(force_insert=True)
    return upload


def append_bytes(
    *,
    upload: UUID,
    offset: int,
    chunks: Iterable[bytes],
    checksum: Checksum | None = None,
    by: Actor,
) -> Upload:
    """Append bytes at `offset`, which is where the upload stands; with the last one it becomes a file.

    One over `AT_ONCE` is then left to `finish_upload`, which takes as long as reading it does. What came before `chunks` broke off is kept, unless a `checksum` was to hold for all of it. For a
    test credential nothing is read. Raises `NotFound`, `Gone` for a refused upload, `Conflict` for
    another offset or while another appends, `TooLarge` for more than was announced,
    `Invalid` for a checksum that does not fit, `Denied` where the caller's standing ended
    meanwhile, `Unavailable` where the disk is full; and whatever entering the file raises.
    """
    rules.check_appendable(_seen(upload, by), offset)
    with locked_part(upload, offset) as part:
        found = _seen(upload, by)
        rules.check_appendable(found, offset)
        if by.test or not found.is_open:
            return found
        _check_there(found, part, by)
        arrival = _Arrival(found, part, by)
        if checksum is None:
            arrival.take(chunks)
        else:
            arrival.take_checked(chunks, checksum)
        if found.received == found.size and found.size <= AT_ONCE:
            _finish(found, part, by)
    return found


def finish_upload(*, upload: UUID, by: Actor) -> Upload:
    """Make a file of an upload that was received whole: a large one, or one whose receiver died over that.

    Raises `Conflict` where someone is at it, and whatever entering the file raises.
    """
    found = _seen(upload, by)
    with locked_part(upload, found.size) as part:
        found = _seen(upload, by)
        if found.is_open and found.received == found.size:
            _check_there(found, part, by)
            _finish(found, part, by)
    return found


def end_upload(*, upload: UUID, expired: bool = False, by: Actor) -> None:
    """End an upload before it is a file, or forget how one ended: its bytes and its row go.

    Where it is still arriving, that stops. With `expired` only if its time is over by now.
    Raises `NotFound` for another's.
    """
    with acting_as(by, Action.IMPORT):
        found = access.upload_by_id(upload)
        mine = Upload.objects.filter(id=found.id)
        if expired:
            mine = mine.filter(expires_at__lte=timezone.now())
        if not mine.delete()[0]:
            return
        if found.is_open:
            _account(found, "expired" if expired else "ended", by)
    if not by.test:
        forget_part(upload)


class _Arrival:
    """Bytes on their way into an upload; `received` of it is what is on disk for certain."""

    def __init__(self, upload: Upload, part: Part, by: Actor) -> None:
        self._upload = upload
        self._part = part
        self._by = by
        self._kept_at = time.monotonic()
        self._is_stopped = False

    def take(self, chunks: Iterable[bytes]) -> None:
        """Take what comes, and keep what came when no more does, for whatever reason."""
        try:
            for chunk in chunks:
                self._write(chunk)
                waiting = self._part.at - self._upload.received
                late = time.monotonic() - self._kept_at > KEEP_SECONDS
                if waiting >= KEEP_BYTES or (waiting and late):
                    self._keep()
        finally:
            if not self._is_stopped:
                self._keep()

    def take_checked(self, chunks: Iterable[bytes], checksum: Checksum) -> None:
        """Take all or nothing: what does not have the checksum was never received."""
        for chunk in chunks:
            self._write(chunk)
            checksum.add(chunk)
        checksum.check()
        self._keep()

    def _write(self, chunk: bytes) -> None:
        rules.check_not_longer(self._upload, self._part.at + len(chunk))
        self._part.write(chunk)

    def _keep(self) -> None:
        """Sync, and note it in a scope of its own, if the caller may still do this."""
        self._is_stopped = True
        self._part.sync()
        now = timezone.now()
        with acting_as(self._by, Action.IMPORT):
            check_standing(by=self._by, permission=Permission.FILES_WRITE)
            changes = {
                "received": self._part.at,
                "touched_at": now,
                "expires_at": _expiry(now),
            }
            as_before = Upload.objects.filter(
                id=self._upload.id, received=self._upload.received
            )
            if not as_before.update(**changes):
                raise not_found("upload")  # it was ended meanwhile
        for name, value in changes.items():
            setattr(self._upload, name, value)
        self._kept_at = time.monotonic()
        self._is_stopped = False


def _finish(upload: Upload, part: Part, by: Actor) -> None:
    """Enter the whole file. A fault of the file's own ends the upload; any other is tried again."""
    try:
        entered = enter_file(
            delivery=upload.delivery_id,
            name=upload.name,
            stored=part.whole(),
            sender=upload.opened_by,
            by=by,
        )
    except (Invalid, Conflict, NotFound) as fault:
        _end(upload, by, problem={"code": fault.code, "detail": fault.detail})
        raise
    _end(upload, by, file=entered.file.id)


def _end(upload: Upload, by: Actor, **how: object) -> None:
    now = timezone.now()
    changes = how | {"touched_at": now, "expires_at": _expiry(now)}
    with acting_as(by, Action.IMPORT):
        if not Upload.objects.filter(id=upload.id).update(**changes):
            raise not_found("upload")
        for name, value in changes.items():
            setattr(upload, name, value)
        if upload.problem:
            _account(upload, upload.problem["code"], by)
    forget_part(upload.id)


def _check_there(upload: Upload, part: Part, by: Actor) -> None:
    """End an upload whose bytes are not all there any more, and say so."""
    if part.length() >= upload.received:
        return
    end_upload(upload=upload.id, by=by)
    raise Gone(
        "upload_lost", "The storage has lost what was received: upload it again."
    )


def _account(upload: Upload, reason: str, by: Actor) -> None:
    """Write down that bytes of a voter file came, and are no file."""
    record(
        Event.UPLOAD_ENDED,
        by=by,
        use=Use(state=upload.state),
        subject=upload.id,
        detail={"bytes": upload.received, "reason": reason},
    )


def _seen(upload: UUID, by: Actor) -> Upload:
    with acting_as(by, Action.IMPORT):
        return access.upload_by_id(upload)


def _expiry(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(hours=settings.UPLOAD_EXPIRES_HOURS)
