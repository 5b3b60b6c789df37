"""The only way from a caller's id to a contact, a receipt, a question or a code."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from coop.actors import Action, Actor
from coop.errors import Denied, Invalid, NotFound, not_found
from coop.grants.access import StateLicense, check_licensed
from states.canvass.models import (
    ActivistCode,
    Contact,
    ContactDetail,
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


def get_contact(public_id: str) -> tuple[Contact, ContactDetail | None]:
    """Return a contact that the open scope sees, with what is its organization's alone."""
    state, contact = _parsed(public_id, "contact")
    found = Contact.objects.filter(state=state, contact=contact).first()
    if found is None:
        raise not_found("contact")
    detail = ContactDetail.objects.filter(state=state, contact=contact).first()
    return found, detail


def get_waiting(public_id: str) -> InboxItem | None:
    """Return one's own accepted contact that is not applied yet, else None."""
    state, contact = _parsed(public_id, "contact")
    return (
        InboxItem.objects.filter(state=state, contact=contact)
        .exclude(status=InboxStatus.APPLIED)
        .first()
    )


def get_receipt(receipt: UUID) -> Receipt:
    """Return one of the organization's own receipts."""
    found = Receipt.objects.filter(id=receipt).first()
    if found is None:
        raise not_found("receipt")
    return found


def get_question(question: UUID) -> SurveyQuestion:
    """Return one of the organization's own questions."""
    found = SurveyQuestion.objects.filter(id=question).first()
    if found is None:
        raise not_found("survey question")
    return found


def get_code(code: UUID) -> ActivistCode:
    """Return one of the organization's own activist codes."""
    found = ActivistCode.objects.filter(id=code).first()
    if found is None:
        raise not_found("activist code")
    return found


def _parsed(public_id: str, what: str) -> tuple[str, UUID]:
    """Return an id's parts; one that is malformed is one that does not exist."""
    try:
        return parse_voter_id(public_id)
    except Invalid as error:
        raise not_found(what) from error
