"""Every step of a grant's life: atomic with its ledger entry and with django-guardian's mirror."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault, Invalid
from coop.grants import rules
from coop.grants.access import get_grant
from coop.grants.mirror import mirror_pair
from coop.grants.models import Grant, Status
from coop.grants.rules import Step
from coop.grants.terms import Terms, terms_of
from coop.jurisdictions.access import get_policy, get_state
from coop.jurisdictions.models import State
from coop.jurisdictions.rules import check_owner
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.models import Organization

LONGEST_MESSAGE = 4_000


def request_grant(
    *,
    state: str,
    terms: Terms,
    message: str = "",
    supersedes: UUID | None = None,
    by: Actor,
) -> Grant:
    """Ask a state's party for a grant on these terms, `supersedes` being an active one of one's own.

    Raises `NotFound` for an unknown state or grant, `Invalid` for geography that the
    state's file cannot tell apart, `Conflict` for a state that no party has opened and for
    a predecessor that is not active.
    """
    _check_text("message", message)
    with acting_as(by, Action.MANAGE):
        asked = get_state(state)
        if asked.owner is None:
            raise Conflict("state_not_open", f"No party has opened {state} yet.")
        if asked.owner == by.organization:
            raise Conflict(
                "own_state", "A party needs no grant for the state that it owns."
            )
        rules.check_place_kinds(terms, state=asked)
        grant = _new_grant(asked, by.organization, terms, supersedes, by=by)
        grant.status, grant.message = Status.REQUESTED, message
        grant.save(force_insert=True)
        _record(Event.GRANT_REQUESTED, grant, by=by)
    return grant


def offer_grant(
    *,
    state: str,
    grantee: UUID,
    terms: Terms,
    message: str = "",
    supersedes: UUID | None = None,
    by: Actor,
) -> Grant:
    """Offer an organization a grant: afresh, or to follow an active one that it holds.

    A successor takes its predecessor's place when it becomes active, and what was used of
    the cap carries over. Raises `Denied` for anyone but the state's owner and for terms
    that the state's policy forbids; otherwise as `request_grant` does.
    """
    _check_text("message", message)
    with acting_as(by, Action.MANAGE):
        offered = get_state(state)
        check_owner(by, offered)
        _check_may_be_offered(terms, offered, grantee)
        grant = _new_grant(offered, grantee, terms, supersedes, by=by)
        grant.status, grant.message = Status.OFFERED, message
        _check_no_rival_successor(grant)
        grant.save(force_insert=True)
        _record(Event.GRANT_OFFERED, grant, by=by)
    return grant


def answer_request(*, grant: UUID, terms: Terms | None = None, by: Actor) -> Grant:
    """Turn a request into an offer: on its own terms, or on others.

    Raises `Denied` at the asker's hand and for terms that the policy forbids, `Conflict`
    for what is no request any more.
    """
    with _step_on(grant, rules.OFFER, by=by) as (asked, step):
        agreed = terms or terms_of(asked)
        _check_may_be_offered(agreed, asked.state, asked.grantee)
        _check_no_rival_successor(asked)
        return _take(asked, step, by=by, **agreed.columns())


def refuse_grant(*, grant: UUID, reason: str, by: Actor) -> Grant:
    """Refuse a request or an offer; the other side sees the reason."""
    _check_reason(reason)
    steps = (rules.REFUSE_REQUEST, rules.REFUSE_OFFER)
    with _step_on(grant, *steps, by=by) as (refused, step):
        return _take(refused, step, by=by, reason=reason, ended_at=timezone.now())


def withdraw_grant(*, grant: UUID, by: Actor) -> Grant:
    """Take back one's own request, or one's own offer that nobody has accepted."""
    steps = (rules.WITHDRAW_REQUEST, rules.WITHDRAW_OFFER)
    with _step_on(grant, *steps, by=by) as (withdrawn, step):
        return _take(withdrawn, step, by=by, ended_at=timezone.now())


def accept_grant(*, grant: UUID, attested: bool = False, by: Actor) -> Grant:
    """Accept an offer; it becomes active at once if its time has come.

    Raises `Denied` with code `attestation_needed`, giving the sentence, where the state's
    policy asks for one and `attested` is false; `Conflict` for an offer whose end has passed.
    """
    with _step_on(grant, rules.ACCEPT, by=by) as (offered, step):
        now = timezone.now()
        if offered.ends_at <= now:
            raise Conflict("offer_ended", "The time of this offer has passed.")
        rules.check_attested(get_policy(offered.state), attested=attested)
        accepted = _take(
            offered,
            step,
            by=by,
            detail={"attested": attested},
            accepted_at=now,
            accepted_by=by.principal,
        )
        if accepted.starts_at <= now and not _waits(accepted):
            return _activate(accepted, by=by)
        return accepted


def activate_grant(*, grant: UUID, by: Actor) -> Grant:
    """Put an accepted grant in force; its predecessor ends with that.

    Raises `Conflict` before its start, and while its predecessor is suspended.
    """
    with _step_on(grant, rules.ACTIVATE, by=by) as (accepted, _):
        if accepted.starts_at > timezone.now() or _waits(accepted):
            raise Conflict("not_yet_time", "It is not yet time for this grant.")
        return _activate(accepted, by=by)


def suspend_grant(*, grant: UUID, reason: str, by: Actor) -> Grant:
    """Stop an active grant until it is resumed; it bites on the grantee's next statement."""
    _check_reason(reason)
    with _step_on(grant, rules.SUSPEND, by=by) as (active, step):
        return _take(active, step, by=by, reason=reason)


def resume_grant(*, grant: UUID, by: Actor) -> Grant:
    """Put a suspended grant in force again, as it was."""
    with _step_on(grant, rules.RESUME, by=by) as (suspended, step):
        return _take(suspended, step, by=by, reason="")


def revoke_grant(*, grant: UUID, reason: str, by: Actor) -> Grant:
    """End a grant for good, and with it the successors that wait for its place."""
    _check_reason(reason)
    with _step_on(grant, rules.REVOKE, by=by) as (living, step):
        revoked = _take(living, step, by=by, reason=reason, ended_at=timezone.now())
        for waiting in living.successors.exclude(status__in=rules.ENDS):
            follow = {
                Status.REQUESTED: rules.REFUSE_REQUEST,
                Status.OFFERED: rules.WITHDRAW_OFFER,
            }.get(Status(waiting.status), rules.REVOKE)
            _take(waiting, follow, by=by, reason=reason, ended_at=timezone.now())
        return revoked


def expire_grant(*, grant: UUID, by: Actor) -> Grant:
    """Note that a grant's end has passed; the policies have shut it out since that moment.

    Raises `Conflict` before its end.
    """
    with _step_on(grant, rules.EXPIRE, by=by) as (ended, step):
        if ended.ends_at > timezone.now():
            raise Conflict("not_yet_time", "The end of this grant has not come.")
        return _take(ended, step, by=by, ended_at=ended.ends_at)


def _new_grant(
    state: State, grantee: UUID, terms: Terms, supersedes: UUID | None, *, by: Actor
) -> Grant:
    """Return a grant that is not saved yet, in its predecessor's line or its own."""
    now = timezone.now()
    assert state.owner is not None
    made = Grant(
        id=uuid4(),
        state=state,
        owner=state.owner,
        grantee=grantee,
        supersedes_id=supersedes,
        created_at=now,
        changed_at=now,
        **terms.columns(),
    )
    made.lineage = made.id
    if supersedes is not None:
        predecessor = get_grant(supersedes, by=by)
        if (predecessor.state_id, predecessor.grantee) != (state.code, grantee):
            raise Invalid(
                "not_a_predecessor",
                "A grant follows one for the same state and organization.",
            )
        if predecessor.status != Status.ACTIVE:
            raise Conflict("predecessor_not_active", "Only an active grant has one.")
        made.lineage = predecessor.lineage
    return made


def _check_may_be_offered(terms: Terms, state: State, grantee: UUID) -> None:
    recipient = Organization.objects.filter(id=grantee).first()
    if recipient is None or grantee == state.owner:
        fault = FieldFault("/grantee", "no_such_organization", "Another member's id.")
        raise Invalid("terms_invalid", "These terms cannot be granted.", [fault])
    rules.check_place_kinds(terms, state=state)
    rules.check_offer_follows_policy(
        terms, policy=get_policy(state), recipient=recipient
    )


def _check_no_rival_successor(grant: Grant) -> None:
    """Raise `Conflict` where another living grant is to take the same predecessor's place."""
    if grant.supersedes_id is None:
        return
    hold_lock(Lock.GRANTS_OF_PAIR, f"{grant.state_id} {grant.grantee}")
    rivals = Grant.objects.filter(supersedes=grant.supersedes_id)
    if (
        rivals.exclude(id=grant.id)
        .exclude(status__in=[*rules.ENDS, Status.REQUESTED])
        .exists()
    ):
        raise Conflict(
            "successor_exists", "Another grant is already to take that one's place."
        )


@contextmanager
def _step_on(grant_id: UUID, *steps: Step, by: Actor) -> Iterator[tuple[Grant, Step]]:
    """Open a scope in which a step can be taken: the pair locked, the grant read under lock."""
    with acting_as(by, Action.MANAGE):
        pair = get_grant(grant_id, by=by)
        hold_lock(Lock.GRANTS_OF_PAIR, f"{pair.state_id} {pair.grantee}")
        grant = get_grant(grant_id, by=by, lock=True)
        yield grant, rules.check_step(grant, *steps, by=by)


def _take(
    grant: Grant,
    step: Step,
    *,
    by: Actor,
    detail: dict[str, Any] | None = None,
    **values: Any,
) -> Grant:
    """Take one step: the guarded update, guardian's mirror, the ledger entry."""
    taken = Grant.objects.filter(id=grant.id, status__in=step.before).update(
        status=step.after, changed_at=timezone.now(), **values
    )
    if not taken:
        raise Conflict("step_not_possible", "The grant has changed meanwhile.")
    if Status.ACTIVE in step.before or step.after is Status.ACTIVE:
        mirror_pair(state=grant.state, grantee=grant.grantee)
    changed = Grant.objects.select_related("state").get(id=grant.id)
    _record(step.event, changed, by=by, detail=detail)
    return changed


def _activate(grant: Grant, *, by: Actor) -> Grant:
    """Put a grant in force; a predecessor that is still active ends first."""
    predecessor = grant.supersedes
    if predecessor is not None and predecessor.status == Status.ACTIVE:
        _take(predecessor, rules.SUPERSEDE, by=by, ended_at=timezone.now())
    return _take(grant, rules.ACTIVATE, by=by)


def _waits(grant: Grant) -> bool:
    """Tell whether a grant's predecessor is suspended: an offer is no way around that."""
    return grant.supersedes is not None and grant.supersedes.status == Status.SUSPENDED


def _record(
    event: Event, grant: Grant, *, by: Actor, detail: dict[str, Any] | None = None
) -> None:
    use = Use(
        state=grant.state_id,
        grants=[grant.id],
        purpose=grant.purpose,
        groups=grant.groups,
    )
    figures = {
        "owner": str(grant.owner),
        "grantee": str(grant.grantee),
        "actions": sorted(grant.actions),
        "whole_state": grant.whole_state,
        "starts_at": grant.starts_at.isoformat(),
        "ends_at": grant.ends_at.isoformat(),
        "cap_voters_month": grant.cap_voters_month,
        "pool": grant.pool,
        "agreement_hash": grant.agreement_hash,
        "lineage": str(grant.lineage),
    }
    record(event, by=by, use=use, subject=grant.id, detail=figures | (detail or {}))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        fault = FieldFault("/reason", "required", "The other side must see why.")
        raise Invalid("reason_missing", "A reason is needed.", [fault])
    _check_text("reason", reason)


def _check_text(name: str, text: str) -> None:
    if len(text) > LONGEST_MESSAGE or "\0" in text:
        fault = FieldFault(
            f"/{name}", "too_long", f"At most {LONGEST_MESSAGE} characters, no NUL."
        )
        raise Invalid("text_invalid", f"The {name} cannot be kept.", [fault])
