"""How pushes, contacts and receipts are shown: rows into the shapes of `api.contact_shapes`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from states.canvass.actions import Outcome, Pushed, Verdict
from states.canvass.models import (
    BlindContact,
    Contact,
    ContactDetail,
    InboxItem,
    Receipt,
)
from states.canvass.vocabulary import (
    CONTACT_TYPES,
    INPUT_TYPES,
    RESULT_CODES,
    Vocabulary,
)
from states.voters.ids import voter_id


def shown_pushed(pushed: Pushed) -> dict[str, Any]:
    """Return what became of a call."""
    counts = {outcome.value: pushed.count(outcome) for outcome in Outcome}
    results = [shown_verdict(verdict) for verdict in pushed.verdicts]
    return {"receipt": pushed.receipt, **counts, "results": results}


def shown_verdict(verdict: Verdict) -> dict[str, Any]:
    """Return what became of one item of a call."""
    return {
        "index": verdict.index,
        "event_id": verdict.event_id,
        "verdict": verdict.outcome.value,
        "id": verdict.contact,
        "errors": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail}
            for one in verdict.faults
        ],
    } | ({"match": _match(verdict)} if verdict.match else {})


def _match(verdict: Verdict) -> dict[str, Any]:
    """Return how the voter was found; who is shown it may read that voter."""
    match = verdict.match
    assert match is not None
    state = verdict.state or ""
    return {
        "outcome": match.outcome.value,
        "voter": voter_id(state, match.voter) if match.voter else None,
        "score": round(match.best.probability, 4) if match.best else None,
        "margin_bits": match.margin,
        "reasons": [
            {"field": one.field, "level": one.level, "bits": one.bits}
            for one in (match.best.reasons if match.best else ())
        ],
    }


def shown_contact(contact: Contact, detail: ContactDetail | None) -> dict[str, Any]:
    """Return an applied contact; `detail` is there for its own organization alone."""
    shown = {
        "id": voter_id(contact.state, contact.contact),
        "status": "retracted" if contact.retracted_at else "applied",
        "voter": voter_id(contact.state, contact.voter),
        "organization": contact.organization,
        "contact_type": CONTACT_TYPES.name(contact.contact_type),
        "input_type": INPUT_TYPES.name(contact.input_type),
        "result_code": RESULT_CODES.name(contact.result_code),
        "support": contact.support,
        "occurred_at": contact.event_time,
        "received_at": contact.received_at,
        "applied_at": contact.applied_at,
        "pooled": contact.pooled,
        "corrected_at": contact.corrected_at,
        "retracted_at": contact.retracted_at,
        "state_answers": contact.state_answers or [],
    }
    return shown | (_own(detail) if detail else {})


def _own(detail: ContactDetail) -> dict[str, Any]:
    return {
        "event_id": detail.event_id,
        "source": detail.source,
        "canvasser": detail.canvasser,
        "phone": detail.phone,
        "survey_responses": detail.survey_responses,
        "activist_codes": detail.activist_codes,
    }


def shown_waiting(item: InboxItem) -> dict[str, Any]:
    """Return one's own contact that waits, or was set aside."""
    body = item.body
    shown = {
        "id": voter_id(item.state, item.contact),
        "status": item.status,
        "voter": voter_id(item.state, item.voter),
        "organization": item.organization,
        "contact_type": name_of(CONTACT_TYPES, body.get("contact_type")),
        "input_type": name_of(INPUT_TYPES, body.get("input_type")),
        "result_code": name_of(RESULT_CODES, body.get("result_code")),
        "support": body.get("support"),
        "occurred_at": item.event_time,
        "received_at": item.received_at,
        "applied_at": None,
        "pooled": item.pooled,
        "kind": item.kind,
        "amends": voter_id(item.state, item.amends) if item.amends else None,
        "event_id": item.event_id,
        "source": item.source,
        "canvasser": body.get("canvasser"),
        "phone": body.get("phone"),
        "survey_responses": body.get("survey_responses", []),
        "activist_codes": body.get("activist_codes", []),
    }
    return shown | ({"error": item.error} if item.error else {})


def shown_blind(event: BlindContact) -> dict[str, Any]:
    """Return one's own contact of a voter whom one may not read: what was sent, and that it is kept."""
    body = event.body
    return {
        "id": voter_id(event.state, event.contact),
        "status": "accepted",
        "voter": None,
        "organization": event.organization,
        "contact_type": name_of(CONTACT_TYPES, body.get("contact_type")),
        "input_type": name_of(INPUT_TYPES, body.get("input_type")),
        "result_code": name_of(RESULT_CODES, body.get("result_code")),
        "support": body.get("support"),
        "occurred_at": event.event_time,
        "received_at": event.received_at,
        "applied_at": None,
        "pooled": None,
        "kind": event.kind,
        "amends": voter_id(event.state, event.amends) if event.amends else None,
        "event_id": event.event_id,
        "source": event.source,
        "canvasser": body.get("canvasser"),
        "phone": body.get("phone"),
        "survey_responses": body.get("survey_responses", []),
        "activist_codes": body.get("activist_codes", []),
    }


def name_of(words: Vocabulary, number: object) -> str | None:
    """Return a word's name; a row that was set aside may hold a number that is none of ours."""
    word = words.find(number)
    return word.name if word else None


def shown_receipt(
    receipt: Receipt, items: Iterable[InboxItem], blind: Iterable[BlindContact] = ()
) -> dict[str, Any]:
    """Return a receipt with how far each accepted contact has come, where that may be told."""
    hidden = list(blind)
    untold = {one.contact for one in hidden}
    return {
        "id": receipt.id,
        "received_at": receipt.received_at,
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "rejected": receipt.rejected,
        "rejections": receipt.rejections,
        "results": [
            {
                "id": voter_id(item.state, item.contact),
                "event_id": item.event_id,
                "status": item.status,
                "error": item.error,
            }
            for item in items
            if item.contact not in untold
        ]
        + [
            {
                "id": voter_id(one.state, one.contact),
                "event_id": one.event_id,
                "status": "accepted",
                "error": None,
            }
            for one in hidden
        ],
    }
