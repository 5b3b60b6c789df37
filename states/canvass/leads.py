"""What a contact says of a person: as it is noted where nobody was found."""

from __future__ import annotations

from states.canvass.references import VoterReference
from states.voters.marks import Said


def said_of(reference: VoterReference) -> Said:
    """Return what a reference says of whom it is about."""
    told = reference.described
    return Said(
        voter=reference.voter,
        registered=(reference.state_voter_id, reference.county_voter_id),
        email=told.email if told else None,
        phone=told.phone if told else None,
        first=told.first_name if told else None,
        last=told.last_name if told else None,
        address=told.address if told else None,
    )
