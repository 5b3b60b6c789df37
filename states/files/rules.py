"""What a delivery and a file's name may be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from django.utils import timezone

from coop.errors import Conflict, FieldFault, Invalid
from coop.jurisdictions.models import County
from states.files.models import File

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


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, [FieldFault(pointer, code, detail)])
