"""A source that suddenly asserts much alarms the state's owner, who can lift it; nobody else hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.events import Event
from coop.ledger.models import Entry
from states.canvass.models import Burst, Suppression
from states.canvass.protecting import lift_suppressions
from tests.canvass.pushes import body, push_and_apply
from tests.cast import Cast


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.SUPPRESSION_BURST = 3


def said(cast: Cast, count: int, first: int = 0, **members: Any) -> None:
    """Let the outside group say the same of so many voters."""
    for voter in cast.places[1][first : first + count]:
        push_and_apply(cast.outside_group, body(voter, **members))


def bursts(cast: Cast) -> list[Burst]:
    with acting_as(cast.ohio, Action.READ):
        return list(Burst.objects.filter(state="OH"))


def alarms(cast: Cast) -> list[Entry]:
    with acting_as(cast.ohio, Action.MANAGE):
        return list(Entry.objects.filter(event=Event.SUPPRESSION_BURST, state="OH"))


def test_few_are_no_burst(cast: Cast) -> None:
    said(cast, 2, suppressions=["call"])
    assert bursts(cast) == [] == alarms(cast)


def test_many_alarm_the_owner_once_and_go_on_being_counted(cast: Cast) -> None:
    said(cast, 5, suppressions=["call"])
    (burst,) = bursts(cast)
    assert (burst.organization, burst.source) == (
        cast.outside_group.organization,
        "dialer",
    )
    assert (burst.kind, burst.assertions) == ("call", 5)
    (entry,) = alarms(cast)
    assert (entry.organization, entry.source) == (burst.organization, "dialer")
    assert (entry.rows, entry.detail) == (3, {"kind": "call"})


def test_kinds_are_counted_apart_and_opting_in_is_none(cast: Cast) -> None:
    said(cast, 2, suppressions=["call"])
    said(cast, 2, suppressions=["text"])
    said(cast, 3, opt_ins=["door"])
    assert bursts(cast) == []


def test_what_protects_is_applied_all_the_same_until_the_owner_lifts_it(
    cast: Cast,
) -> None:
    said(cast, 4, suppressions=["call"])
    with acting_as(cast.campaign, Action.READ):
        bound = Suppression.objects.filter(state="OH", voter__in=cast.places[1][:4])
        assert bound.count() == 4
    with acting_as(cast.committee, Action.READ):
        assert Suppression.objects.filter(state="OH").count() == 4
    (burst,) = bursts(cast)
    lifted = lift_suppressions(
        state="OH",
        organization=burst.organization,
        source=burst.source,
        kind=burst.kind,
        by=cast.ohio,
    )
    assert lifted == 4
    with acting_as(cast.committee, Action.READ):
        assert not Suppression.objects.filter(state="OH").exists()


@pytest.mark.parametrize(
    "who", ["carolina", "committee", "rival", "outside_group", "stranger"]
)
def test_nobody_but_the_owner_hears_of_it(cast: Cast, who: str) -> None:
    said(cast, 3, suppressions=["call"])
    actor = getattr(cast, who)
    for action in (Action.READ, Action.MANAGE, Action.APPLY, Action.EXPORT):
        with acting_as(actor, action):
            assert not Burst.objects.filter(state="OH").exists()
    with acting_as(actor, Action.READ), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.note_bursts('OH', 1)")
        assert cursor.fetchall() == []


def test_a_wrong_number_kills_the_phone_and_not_the_person(cast: Cast) -> None:
    push_and_apply(
        cast.outside_group,
        body(
            cast.places[1][0],
            contact_type="phone",
            result_code="wrong_number",
            phone="+16145550142",
        ),
    )
    with acting_as(cast.ohio, Action.READ):
        kinds = set(
            Suppression.objects.filter(state="OH").values_list("kind", flat=True)
        )
    assert not kinds & {"call", "text", "door"}
