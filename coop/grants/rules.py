"""A grant's life, who may take which step, and what a state's law and file let a party offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coop.actors import Actor
from coop.errors import Conflict, Denied, FieldFault, Invalid
from coop.grants.models import Grant, Status
from coop.grants.terms import Terms
from coop.jurisdictions.models import State, StatePolicy
from coop.jurisdictions.queries import counties_outside
from coop.ledger.events import Event
from coop.organizations.models import Organization


class Side(StrEnum):
    """The two sides of a grant."""

    OWNER = "owner"
    GRANTEE = "grantee"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a grant's life: from where, to where, at whose hand, and its ledger event."""

    name: str
    before: frozenset[Status]
    after: Status
    sides: frozenset[Side]
    event: Event


_OWNER: Final = frozenset({Side.OWNER})
_GRANTEE: Final = frozenset({Side.GRANTEE})
_LIVING: Final = frozenset({Status.ACCEPTED, Status.ACTIVE, Status.SUSPENDED})

OFFER: Final = Step(
    "offer", frozenset({Status.REQUESTED}), Status.OFFERED, _OWNER, Event.GRANT_OFFERED
)
REFUSE_REQUEST: Final = Step(
    "refuse",
    frozenset({Status.REQUESTED}),
    Status.REFUSED,
    _OWNER,
    Event.GRANT_REFUSED,
)
REFUSE_OFFER: Final = Step(
    "refuse", frozenset({Status.OFFERED}), Status.REFUSED, _GRANTEE, Event.GRANT_REFUSED
)
WITHDRAW_REQUEST: Final = Step(
    "withdraw",
    frozenset({Status.REQUESTED}),
    Status.WITHDRAWN,
    _GRANTEE,
    Event.GRANT_WITHDRAWN,
)
WITHDRAW_OFFER: Final = Step(
    "withdraw",
    frozenset({Status.OFFERED}),
    Status.WITHDRAWN,
    _OWNER,
    Event.GRANT_WITHDRAWN,
)
ACCEPT: Final = Step(
    "accept",
    frozenset({Status.OFFERED}),
    Status.ACCEPTED,
    _GRANTEE,
    Event.GRANT_ACCEPTED,
)
ACTIVATE: Final = Step(
    "activate",
    frozenset({Status.ACCEPTED}),
    Status.ACTIVE,
    _OWNER | _GRANTEE,
    Event.GRANT_ACTIVATED,
)
SUSPEND: Final = Step(
    "suspend",
    frozenset({Status.ACTIVE}),
    Status.SUSPENDED,
    _OWNER,
    Event.GRANT_SUSPENDED,
)
RESUME: Final = Step(
    "resume",
    frozenset({Status.SUSPENDED}),
    Status.ACTIVE,
    _OWNER,
    Event.GRANT_RESUMED,
)
REVOKE: Final = Step("revoke", _LIVING, Status.REVOKED, _OWNER, Event.GRANT_REVOKED)
EXPIRE: Final = Step(
    "expire",
    _LIVING | {Status.REQUESTED, Status.OFFERED},
    Status.EXPIRED,
    _OWNER,
    Event.GRANT_EXPIRED,
)
SUPERSEDE: Final = Step(
    "supersede",
    frozenset({Status.ACTIVE}),
    Status.SUPERSEDED,
    _OWNER | _GRANTEE,
    Event.GRANT_SUPERSEDED,
)

TRANSITIONS: Final = (
    OFFER,
    REFUSE_REQUEST,
    REFUSE_OFFER,
    WITHDRAW_REQUEST,
    WITHDRAW_OFFER,
    ACCEPT,
    ACTIVATE,
    SUSPEND,
    RESUME,
    REVOKE,
    EXPIRE,
    SUPERSEDE,
)
"""Every step there is. The database's own guard (grants_guard) says the same, and a test compares."""

ENDS: Final = frozenset(
    {
        Status.REFUSED,
        Status.WITHDRAWN,
        Status.REVOKED,
        Status.EXPIRED,
        Status.SUPERSEDED,
    }
)


def side_of(by: Actor, grant: Grant) -> Side | None:
    """Return the side of a grant that the actor acts for, None for a stranger."""
    sides = {grant.owner: Side.OWNER, grant.grantee: Side.GRANTEE}
    return sides.get(by.organization)


def check_step(grant: Grant, *steps: Step, by: Actor) -> Step:
    """Return which of the steps the actor may take now.

    Raises `Denied` if the step is the other side's, `Conflict` if the grant's state does
    not allow it now.
    """
    side = side_of(by, grant)
    own = [step for step in steps if side in step.sides]
    if not own:
        raise Denied(
            "other_side_only",
            f"Only the other side of a grant can {steps[0].name} it.",
            extra={"step": steps[0].name},
        )
    for step in own:
        if grant.status in step.before:
            return step
    raise Conflict(
        "step_not_possible",
        f"A grant that is {grant.status} cannot be taken the step {own[0].name}.",
        extra={"status": grant.status, "step": own[0].name},
    )


def check_offer_follows_policy(
    terms: Terms, *, policy: StatePolicy, recipient: Organization
) -> None:
    """Raise `Denied` for an offer that the state's policy does not allow.

    Nothing is allowed before the policy was reviewed, nor where the file may not be
    shared on at all.
    """
    if policy.reviewed_at is None:
        reason = "its policy has not been reviewed"
    elif not policy.resharing:
        reason = "its file may not be shared on"
    elif terms.purpose not in policy.purposes:
        reason = f"the purpose {terms.purpose} is not allowed"
    elif recipient.kind not in policy.recipients:
        reason = f"a {recipient.kind} may not receive it"
    else:
        return
    raise Denied(
        "policy_forbids",
        f"The policy of {policy.state_id} forbids this grant: {reason}.",
        extra={"state": policy.state_id},
    )


def check_place_kinds(terms: Terms, *, state: State) -> None:
    """Raise `Invalid` for geography that the state's file cannot tell apart.

    A kind of place that it does not carry cannot be granted, nor can another state's counties.
    """
    where = terms.geography
    faults = [
        FieldFault(
            f"/geography/{_member_of(kind)}",
            "place_kind_not_carried",
            f"The file of {state.code} does not carry this.",
        )
        for kind in sorted(where.kinds - set(state.place_kinds))
    ]
    outside = counties_outside(state, where.counties)
    faults += [
        FieldFault(
            f"/geography/counties/{at}", "not_a_county", f"No county of {state.code}."
        )
        for at, county in enumerate(where.counties)
        if county in outside
    ]
    if faults:
        raise Invalid("terms_invalid", "These terms cannot be granted.", faults)


def _member_of(kind: str) -> str:
    return "counties" if kind == "county" else f"{kind}s"


def check_attested(policy: StatePolicy, *, attested: bool) -> None:
    """Raise `Denied`, giving the sentence, where the policy asks for an attestation not given."""
    if policy.attestation and not attested:
        raise Denied(
            "attestation_needed",
            "Whoever accepts this grant must attest to the sentence given.",
            extra={"attestation": policy.attestation},
        )


GUARDIAN_PERMISSIONS: Final[Mapping[str, str]] = {
    "count": "count_voters",
    "read": "read_voters",
    "export": "export_voters",
    "contribute": "contribute_contacts",
}
"""A grant's action → django-guardian's permission on its state."""
