"""Named reads of contacts, current values and suppressions, under the open scope."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from states.canvass.models import (
    POOL,
    ActivistCode,
    Contact,
    ContactDetail,
    ContactVersion,
    InboxItem,
    InboxStatus,
    Standing,
    Suppression,
    SuppressionAssertion,
    SurveyQuestion,
    WrongPhone,
)
from states.canvass.vocabulary import CONTACT_TYPES, RESULT_CODES


@dataclass(frozen=True, slots=True)
class CurrentValues:
    """A voter's newest values among the audiences that the reader sees; codes by name."""

    last_contact_at: dt.datetime
    last_contact_type: str
    last_result: str
    attempts: int
    reached_at: dt.datetime | None
    support: int | None
    support_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Binding:
    """A suppression as everyone sees it: its kind and the day, and nobody's name."""

    kind: str
    day: dt.date


def standing_of(state: str, voters: Iterable[UUID]) -> dict[UUID, CurrentValues]:
    """Return the current values of those of the voters that the scope knows any of."""
    seen: dict[UUID, list[Standing]] = defaultdict(list)
    for row in Standing.objects.filter(state=state, voter__in=list(voters)):
        seen[row.voter].append(row)
    return {voter: newest_of(rows) for voter, rows in seen.items()}


def newest_of(rows: Sequence[Standing]) -> CurrentValues:
    """Return what a reader of these audiences' rows of one voter is shown.

    An organization's contacts that are in the pool stand in both rows: whoever sees both
    adds to the pool's attempts the held ones alone.
    """
    last = max(rows, key=lambda row: (row.last_contact_at, row.last_seq))
    answered = [row for row in rows if row.support_at and row.support_seq is not None]
    answer = max(
        answered, key=lambda row: (row.support_at, row.support_seq), default=None
    )
    return CurrentValues(
        last_contact_at=last.last_contact_at,
        last_contact_type=CONTACT_TYPES.name(last.last_contact_type),
        last_result=RESULT_CODES.name(last.last_result),
        attempts=_attempts(rows),
        reached_at=max(
            (row.reached_at for row in rows if row.reached_at), default=None
        ),
        support=answer.support if answer else None,
        support_at=answer.support_at if answer else None,
    )


def _attempts(rows: Sequence[Standing]) -> int:
    if any(row.audience == POOL for row in rows):
        return sum(
            row.attempts if row.audience == POOL else row.held_attempts for row in rows
        )
    return sum(row.attempts for row in rows)


def suppressions_of(
    state: str, voters: Iterable[UUID], *, own: UUID | None = None
) -> dict[UUID, list[Binding]]:
    """Return what binds the reader about these voters, each kind once, by kind.

    `own` narrows it to what binds one organization alone.
    """
    newest: dict[tuple[UUID, str], dt.date] = {}
    found = Suppression.objects.filter(state=state, voter__in=list(voters))
    for row in found if own is None else found.filter(audience=own):
        key = (row.voter, row.kind)
        newest[key] = max(row.day, newest.get(key, row.day))
    bindings: dict[UUID, list[Binding]] = defaultdict(list)
    for (voter, kind), day in sorted(newest.items(), key=lambda one: one[0]):
        bindings[voter].append(Binding(kind, day))
    return dict(bindings)


def wrong_phones_of(state: str, voters: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Return numbers (E.164) known to be wrong, for those licensed for contact details."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for row in WrongPhone.objects.filter(state=state, voter__in=list(voters)):
        found[row.voter].add(row.phone)
    return dict(found)


def page_of_contacts(
    found: QuerySet[Contact], *, before: tuple[dt.datetime, UUID] | None, limit: int
) -> list[tuple[Contact, ContactDetail | None]]:
    """Return contacts of one state, the newest first, with one's own details."""
    if before is not None:
        at, contact = before
        found = found.filter(event_time__lte=at).exclude(
            event_time=at, contact__gte=contact
        )
    page = list(found.order_by("-event_time", "-contact")[:limit])
    details = ContactDetail.objects.filter(
        state__in={one.state for one in page},
        contact__in=[one.contact for one in page],
    )
    by_contact = {one.contact: one for one in details}
    return [(one, by_contact.get(one.contact)) for one in page]


def versions_of(
    state: str, contact: UUID, *, after: int, limit: int
) -> list[ContactVersion]:
    """Return what was said of one's own contact, in the order of receipt; none if never amended."""
    found = ContactVersion.objects.filter(state=state, contact=contact, seq__gt=after)
    return list(found.order_by("seq")[:limit])


def items_of_receipt(states: Iterable[str], receipt: UUID) -> QuerySet[InboxItem]:
    """Return one's own inbox rows of one call, in the order they were accepted."""
    return InboxItem.objects.filter(state__in=list(states), receipt=receipt).order_by(
        "seq"
    )


def set_aside_in(state: str, *, after: int, limit: int) -> list[InboxItem]:
    """Return one's own contacts of a state that could not be applied, the oldest first."""
    found = InboxItem.objects.filter(
        state=state, status=InboxStatus.SET_ASIDE, seq__gt=after
    )
    return list(found.order_by("seq")[:limit])


def assertions_in(
    state: str,
    *,
    own: UUID | None,
    after: tuple[dt.datetime, UUID] | None,
    limit: int,
) -> list[SuppressionAssertion]:
    """Return who asserted what in a state, the newest first; `own` narrows it to one organization."""
    found = SuppressionAssertion.objects.filter(state=state)
    found = found if own is None else found.filter(organization=own)
    if after is not None:
        at, assertion = after
        found = found.filter(asserted_at__lte=at).exclude(
            asserted_at=at, assertion__gte=assertion
        )
    return list(found.order_by("-asserted_at", "-assertion")[:limit])


def questions_by_name(
    organization: UUID,
    *,
    after: str | None = None,
    search: str = "",
    published_in: str | None = None,
) -> QuerySet[SurveyQuestion]:
    """Return an organization's survey questions with their responses, by name.

    `published_in` asks for those published in a state instead; `search` for a part of the name.
    """
    found = SurveyQuestion.objects.filter(name__icontains=search)
    if published_in is None:
        found = found.filter(organization=organization)
    else:
        found = found.filter(published_in=published_in)
    found = found if after is None else found.filter(name__gt=after)
    return found.prefetch_related("responses").order_by("name")


def codes_by_name(
    organization: UUID, *, after: str | None = None, search: str = ""
) -> QuerySet[ActivistCode]:
    """Return an organization's activist codes, by name; `search` is a part of it."""
    found = ActivistCode.objects.filter(
        organization=organization, name__icontains=search
    )
    found = found if after is None else found.filter(name__gt=after)
    return found.order_by("name")
