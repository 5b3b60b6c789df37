"""What is said of people whom nobody was found for: noted for the state's owner, whose invented records it may be about.

Every such saying is noted alike, as hashes, and nothing comes back: what it told is worked out later, in the
owner's scope, so neither answer nor time tells its pusher whom it met.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection

from states.canvass.references import VoterReference
from states.voters.marks import Said, marks_of


def note_leads(
    state: str, references: Sequence[VoterReference], *, source: str
) -> None:
    """Note references that found nobody, in the open scope to contribute."""
    leads = [_marks(state, one) for one in dict.fromkeys(references)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.note_leads(%s, %s, %s)", [state, source, json.dumps(leads)]
        )


def _marks(state: str, reference: VoterReference) -> list[str]:
    told = reference.described
    said = Said(
        voter=reference.voter,
        registered=(reference.state_voter_id, reference.county_voter_id),
        email=told.email if told else None,
        phone=told.phone if told else None,
        first=told.first_name if told else None,
        last=told.last_name if told else None,
        address=told.address if told else None,
    )
    return [one.hex() for marks in marks_of(state, said).values() for one in marks]
