"""What is said of people whom nobody was found for: noted for the state's owner, whose invented records it may be about.

Every such saying is noted alike, as hashes, and nothing comes back: what it told is worked out later, in the
owner's scope, so neither answer nor time tells whoever said it whom it met.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection

from states.voters.marks import Said, marks_of


def note_leads(state: str, people: Iterable[Said], *, source: str) -> None:
    """Note what was said of people who were not found, in the open scope to contribute or to read."""
    leads = [
        [one.hex() for marks in marks_of(state, said).values() for one in marks]
        for said in people
    ]
    if leads:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sec.note_leads(%s, %s, %s)", [state, source, json.dumps(leads)]
            )
