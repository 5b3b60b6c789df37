"""The only way from a caller's id to a contact, a receipt, a question or a code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from coop.actors import NOBODY, Action, Actor
from coop.errors import Denied, Invalid, NotFound, not_found
from coop.grants.access import StateLicense, check_licensed
from states.canvass.models import (
    ActivistCode,
    BlindContact,
    Contact,
    ContactDetail,
    EventKind,
    InboxItem,
    InboxStatus,
    Receipt,
    SurveyQuestion,
)
from states.voters.ids import parse_voter_id, voter_id


def contact_id(state: str, contact: UUID) -> str:
    """Return the public id of a contact: it has the form of a voter's."""
    return voter_id(state, contact)


def contributing_licenses(
    states: Iterable[str], *, by: Actor
) -> dict[str, StateLicense]:
    """Return what lets the actor contribute, for those of the states where it may at all."""
    found = {}
    for state in states:
        try:
            found[state] = check_licensed(by, state, Action.CONTRIBUTE, ["contacts"])
        except (Denied, NotFound):
            continue
    return found


def get_contact(
    public_id: str, *, by: Actor
) -> tuple[Contact, ContactDetail | None, StateLicense | None]:
    """Return a contact that the actor may see, what is its organization's alone, and the license.

    Without a license to read contacts there only one's own exist.
    """
    state, contact = parse_id(public_id, "contact")
    license_ = reading_license(state, by=by)
    found = visible_contacts(state, license_, by=by).filter(contact=contact).first()
    if found is None:
        raise not_found("contact")
    detail = ContactDetail.objects.filter(state=state, contact=contact).first()
    return found, detail, license_


def reading_license(state: str, *, by: Actor) -> StateLicense | None:
    """Return what lets the actor read the pool's contacts in a state, or None."""
    try:
        return check_licensed(by, state, Action.READ, ["contacts"])
    except (Denied, NotFound):
        return None


def visible_contacts(
    state: str, license_: StateLicense | None, *, by: Actor
) -> QuerySet[Contact]:
    """Return the state's contacts as far as the license lets the actor see; the database narrows on."""
    found = Contact.objects.filter(state=state)
    return found if license_ else found.filter(organization=by.organization)


def get_waiting(public_id: str) -> InboxItem | None:
    """Return one's own accepted contact that is not applied yet, else None."""
    state, contact = parse_id(public_id, "contact")
    return (
        InboxItem.objects.filter(state=state, contact=contact)
        .exclude(status=InboxStatus.APPLIED)
        .first()
    )


@dataclass(frozen=True, slots=True)
class OwnContact:
    """One's own contact, applied or waiting: what a correction or retraction is about."""

    state: str
    contact: UUID
    voter: UUID
    event_time: dt.datetime
    pooled: bool
    retracted: bool
    blind: bool = False


def get_own_contact(public_id: str, *, by: Actor) -> OwnContact:
    """Return a contact that was pushed for the actor's organization. Raises `NotFound` for others."""
    state, contact = parse_id(public_id, "contact")
    mine = {"state": state, "contact": contact, "organization": by.organization}
    found = (
        Contact.objects.filter(**mine).first()
        or InboxItem.objects.filter(**mine, kind=EventKind.CONTACT).first()
    )
    if found is None:
        return _blind(state, contact)
    ends = InboxItem.objects.filter(
        state=state, amends=contact, kind=EventKind.RETRACTION
    ).exclude(status=InboxStatus.SET_ASIDE)
    over = getattr(found, "retracted_at", None) is not None or ends.exists()
    return OwnContact(state, contact, found.voter, found.event_time, found.pooled, over)


def _blind(state: str, contact: UUID) -> OwnContact:
    """Return what is told of a contact that was accepted blindly; its voter is nobody's to know."""
    found = BlindContact.objects.filter(
        state=state, contact=contact, kind="contact"
    ).first()
    if found is None:
        raise not_found("contact")
    over = BlindContact.objects.filter(
        state=state, amends=contact, kind=EventKind.RETRACTION
    ).exists()
    return OwnContact(
        state,
        contact,
        NOBODY,
        found.event_time,
        pooled=False,
        retracted=over,
        blind=True,
    )


def voter_to_amend(state: str, contact: UUID) -> tuple[UUID, int] | None:
    """Return voter and place of one's own contact, if the actor may contribute there now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT voter, place FROM sec.amendable(%s, %s)", [state, contact]
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def get_receipt(receipt: UUID) -> Receipt:
    """Return one of the organization's own receipts."""
    found = Receipt.objects.filter(id=receipt).first()
    if found is None:
        raise not_found("receipt")
    return found


def get_question(question: UUID, *, by: Actor) -> SurveyQuestion:
    """Return one of the organization's own questions."""
    mine = SurveyQuestion.objects.filter(organization=by.organization)
    found = mine.filter(id=question).first()
    if found is None:
        raise not_found("survey question")
    return found


def get_code(code: UUID) -> ActivistCode:
    """Return one of the organization's own activist codes."""
    found = ActivistCode.objects.filter(id=code).first()
    if found is None:
        raise not_found("activist code")
    return found


def parse_id(public_id: str, what: str) -> tuple[str, UUID]:
    """Return an id's parts; one that is malformed is one that does not exist."""
    try:
        return parse_voter_id(public_id)
    except Invalid as error:
        raise not_found(what) from error
