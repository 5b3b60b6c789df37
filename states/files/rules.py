"""What a delivery, a file's name and an upload may be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from coop.errors import Conflict, FieldFault, Gone, Invalid, TooLarge, TooMany
from coop.jurisdictions.models import County
from states.files.models import File, Upload

_NAME = re.compile(r"[\w][\w .,()&+=@#'-]{0,199}")


def check_name(name: str) -> None:
    """Raise `Invalid` for a name that is no plain file name."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "file_name_invalid",
            "A file's name has up to 200 letters, digits, spaces and . , - _ ( ), "
            "begins with a letter or digit and holds no folder.",
        )


def check_file_date(file_date: dt.date) -> None:
    """Raise `Invalid` for the date of a file that cannot have been made yet."""
    if not dt.date(2000, 1, 1) <= file_date <= timezone.now().date() + dt.timedelta(1):
        raise _fault("/file_date", "file_date_impossible", "No file is of that day.")


def check_counties(state: str, counties: Sequence[int] | None) -> None:
    """Raise `Invalid` unless every county is one of the state's, by FIPS code."""
    if counties is None:
        return
    known = County.objects.filter(state_id=state, fips__in=counties)
    unknown = set(counties) - set(known.values_list("fips", flat=True))
    if unknown or not counties:
        names = ", ".join(map(str, sorted(unknown))) or "none named"
        raise _fault("/counties", "county_unknown", f"No county of {state}: {names}.")


def check_same_content(taken: File, sha256: str) -> None:
    """Raise `Conflict` where a name stands for other content already."""
    if taken.sha256 != sha256:
        raise Conflict(
            "file_name_taken",
            f"The delivery has another file named {taken.name}: open a new delivery.",
        )


def check_length(size: int) -> None:
    """Raise `Invalid` for an upload of nothing."""
    if size < 1:
        raise Invalid("file_empty", "The file is empty: there is nothing to upload.")


def check_open_uploads(now: tuple[int, int], size: int) -> None:
    """Raise `TooMany` where a state, with so many uploads and bytes open, may not open one more."""
    count, held = now
    if count >= settings.OPEN_UPLOADS or held + size > settings.OPEN_UPLOAD_BYTES:
        raise TooMany(
            "too_many_uploads",
            f"{count:,} uploads of {held:,} bytes are open: finish or end some first.",
            extra={"retry_after": 60},
        )


def check_appendable(upload: Upload, offset: int) -> None:
    """Raise `Gone` for a refused upload, `Conflict` where it stands at another offset."""
    if upload.problem is not None:
        raise Gone(
            "upload_refused",
            "What was uploaded was refused: " + upload.problem["detail"],
            extra={"reason": upload.problem["code"]},
        )
    if upload.received != offset:
        raise Conflict(
            "upload_offset_mismatch",
            f"The upload stands at {upload.received}: send what comes after that.",
            extra={"offset": upload.received},
        )


def check_not_longer(upload: Upload, end: int) -> None:
    """Raise `TooLarge` where bytes would end beyond what was announced."""
    if end > upload.size:
        raise TooLarge(
            "upload_too_long",
            f"The upload was announced with {upload.size:,} bytes, and more came.",
            extra={"limit": upload.size},
        )


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, [FieldFault(pointer, code, detail)])
