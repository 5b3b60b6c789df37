"""Python's checks, each with an attack that it stops, so that it can be replaced by one that allows all.

Where another lock stands behind a check, the attack must fail all the same; where none
does, it must get through, which proves that the attack is what holds the check in place.
Add a check of yours with `CHECKS.append(Check(...))`.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, transaction
from django.utils import timezone

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import CoopError
from coop.grants import access, actions, caps
from coop.grants.models import Grant
from coop.grants.rules import Step
from coop.grants.terms import Geography, Terms
from coop.jurisdictions.actions import review_policy
from coop.jurisdictions.models import PartyBasis
from coop.jurisdictions.rules import Counting
from states.fields.registry import field as standard_field
from states.lists.models import (
    Export,
    SavedList,
)
from states.targeting.actions import Question, count_voters, sample_voters
from states.targeting.criteria import read_criteria
from states.targeting.licensing import Choice, License
from states.voters.models import Registration
from tests.cast import Cast, grant
from tests.database.list_checks import (
    ask_about_a_list_not_shared,
    fetch_an_export_of_others,
    list_without_a_license,
    order_an_unlicensed_column,
    read_a_list_not_shared,
    read_a_list_of_others,
    read_what_guardian_does_not_permit,
    share_beyond_the_receivers_license,
    share_what_rests_on_the_unshared,
)
from tests.grants.conftest import ClientOf

Attack = Callable[[Cast, ClientOf], bool]
"""Tries what the check stops; tells whether it got through."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its dotted name, an attack on it, what allows all, and whether a lock stands behind."""

    path: str
    attack: Attack
    is_backed: bool
    allow: Callable[..., Any] = lambda *args, **kwargs: None


def got_through(check: Check, cast: Cast, client_of: ClientOf) -> bool:
    """Run a check's attack and undo it; a refusal by whatever lock is a refusal."""
    try:
        with transaction.atomic():
            through = check.attack(cast, client_of)
            transaction.set_rollback(True)
    except (CoopError, DatabaseError, ObjectDoesNotExist):
        return False
    return through


@contextmanager
def allowing_all(check: Check) -> Iterator[None]:
    """Replace a check by one that allows everything, wherever it was imported."""
    module, _, name = check.path.rpartition(".")
    original = getattr(import_module(module), name)
    with ExitStack() as stack:
        for one in list(sys.modules.values()):
            package = getattr(one, "__name__", "").partition(".")[0]
            if package in {"coop", "api", "states"} and vars(one).get(name) is original:
                stack.enter_context(patch.object(one, name, check.allow))
        yield


def terms(**changed: Any) -> Terms:
    """Return terms that nothing is wrong with, but for the changes."""
    now = timezone.now()
    values: dict[str, Any] = {
        "groups": ("registration",),
        "actions": ("read",),
        "geography": Geography(whole_state=True),
        "purpose": "election",
        "starts_at": now - dt.timedelta(hours=1),
        "ends_at": now + dt.timedelta(days=1),
    }
    return Terms(**(values | changed))


def offer(cast: Cast, *, by: Actor, **changed: Any) -> Grant:
    """Offer the stranger a grant of Ohio."""
    return actions.offer_grant(
        state="OH", grantee=cast.stranger.organization, terms=terms(**changed), by=by
    )


def read_without_a_license(cast: Cast, client_of: ClientOf) -> bool:
    with acting_as(cast.stranger, Action.READ):
        access.check_licensed(cast.stranger, "OH", Action.READ, ["registration"])
        return Registration.objects.filter(state="OH").exists()


def revoke_as_the_grantee(cast: Cast, client_of: ClientOf) -> bool:
    made = actions.accept_grant(grant=offer(cast, by=cast.ohio).id, by=cast.stranger)
    revoked = actions.revoke_grant(grant=made.id, reason="Mine.", by=cast.stranger)
    return revoked.status == "revoked"


def accept_ones_own_request(cast: Cast, client_of: ClientOf) -> bool:
    asked = actions.request_grant(state="OH", terms=terms(), by=cast.stranger)
    accepted = actions.accept_grant(grant=asked.id, by=cast.stranger)
    return accepted.status == "active"


def offer_against_the_policy(cast: Cast, client_of: ClientOf) -> bool:
    return bool(offer(cast, by=cast.ohio, purpose="journalistic"))


def offer_anothers_county(cast: Cast, client_of: ClientOf) -> bool:
    return bool(offer(cast, by=cast.ohio, geography=Geography(counties=(37183,))))


def offer_anothers_state(cast: Cast, client_of: ClientOf) -> bool:
    return bool(offer(cast, by=cast.carolina))


def review_anothers_policy(cast: Cast, client_of: ClientOf) -> bool:
    return bool(_review(cast.carolina))


def count_without_a_threshold(cast: Cast, client_of: ClientOf) -> bool:
    return bool(_review(cast.ohio, counting=Counting(threshold=1)))


def allow_an_unknown_purpose(cast: Cast, client_of: ClientOf) -> bool:
    return bool(_review(cast.ohio, purposes=["fun"]))


def accept_without_attesting(cast: Cast, client_of: ClientOf) -> bool:
    _review(cast.ohio, attestation="I will not sell it.")
    made = offer(cast, by=cast.ohio)
    return bool(actions.accept_grant(grant=made.id, by=cast.stranger))


def fetch_a_grant_of_others(cast: Cast, client_of: ClientOf) -> bool:
    made = offer(cast, by=cast.ohio)
    with acting_as(cast.rival, Action.MANAGE):
        return bool(access.get_grant(made.id, by=cast.rival))


def pass_the_cap(cast: Cast, client_of: ClientOf) -> bool:
    grant("OH", cast.ohio, cast.stranger, actions=["read"], cap_voters_month=5)
    with acting_as(cast.stranger, Action.READ):
        caps.note_voters(
            by=cast.stranger,
            state="OH",
            voters=cast.places[1],
            groups=["registration"],
            action=Action.READ,
        )
    return True


def ask_without_the_permission(cast: Cast, client_of: ClientOf) -> bool:
    client = client_of(cast.ohio, Permission.VOTERS_READ)
    return bool(client.get("/v1/grants").status_code == 200)


def count_people_by_name(cast: Cast, client_of: ClientOf) -> bool:
    named = Question(
        read_criteria({"field": "last_name", "op": "eq", "value": "SMITH"}), ["NC"]
    )
    return bool(count_voters(question=named, by=cast.committee).states)


def show_an_unlicensed_field(cast: Cast, client_of: ClientOf) -> bool:
    shown = sample_voters(
        question=Question(), size=5, names=["phone"], by=cast.outside_group
    )
    return any("phone" in one.values for one in shown.voters)


def _license_any_state(
    asked: Sequence[str], held: object, fields: object, *, action: Action
) -> Choice:
    basis = PartyBasis.LAST_PRIMARY
    return Choice(tuple(License(one, action, basis, owned=True) for one in asked))


def _name_any_field(names: Sequence[str], license_: License, **_: object) -> object:
    return tuple(standard_field(name) for name in names)


def _review(by: Actor, **changed: Any) -> object:
    kinds = ["state_party", "campaign", "outside_group"]
    values: dict[str, Any] = {
        "state": "OH",
        "purposes": ["election"],
        "recipients": kinds,
        "resharing": True,
        "by": by,
    }
    return review_policy(**(values | changed))


def _license_everything(
    actor: Actor, state: str, action: Action, groups: object = ()
) -> access.StateLicense:
    return access.StateLicense(state, owner=False, whole_state=True, grants=())


def _take_any_step(grant: Grant, *steps: Step, by: Actor) -> Step:
    return steps[0]


def _get_any_grant(grant_id: UUID, *, by: Actor, lock: bool = False) -> Grant:
    return Grant.objects.get(id=grant_id)


CHECKS: Final[list[Check]] = [
    Check(
        "coop.grants.access.check_licensed",
        read_without_a_license,
        is_backed=True,
        allow=_license_everything,
    ),
    Check(
        "coop.grants.access.get_grant",
        fetch_a_grant_of_others,
        is_backed=True,
        allow=_get_any_grant,
    ),
    Check(
        "coop.grants.rules.check_step",
        revoke_as_the_grantee,
        is_backed=True,
        allow=_take_any_step,
    ),
    Check(
        "coop.grants.rules.check_step",
        accept_ones_own_request,
        is_backed=True,
        allow=_take_any_step,
    ),
    Check(
        "coop.grants.rules.check_offer_follows_policy",
        offer_against_the_policy,
        is_backed=True,
    ),
    Check(
        "coop.grants.rules.check_place_kinds", offer_anothers_county, is_backed=False
    ),
    Check(
        "coop.grants.rules.check_attested", accept_without_attesting, is_backed=False
    ),
    Check("coop.grants.caps.note_voters", pass_the_cap, is_backed=False),
    Check("coop.jurisdictions.rules.check_owner", offer_anothers_state, is_backed=True),
    Check(
        "coop.jurisdictions.rules.check_owner", review_anothers_policy, is_backed=True
    ),
    Check(
        "coop.jurisdictions.rules.check_policy_words",
        allow_an_unknown_purpose,
        is_backed=True,
    ),
    Check(
        "coop.jurisdictions.rules.check_counting",
        count_without_a_threshold,
        is_backed=True,
    ),
    Check(
        "states.targeting.rules.without_identifying",
        count_people_by_name,
        is_backed=False,
        allow=lambda choice, exact, identifying: choice,
    ),
    Check(
        "states.targeting.licensing.check_fields",
        show_an_unlicensed_field,
        is_backed=True,
        allow=_name_any_field,
    ),
    Check(
        "states.targeting.licensing.check_fields",
        order_an_unlicensed_column,
        is_backed=True,
        allow=_name_any_field,
    ),
    Check(
        "states.targeting.licensing.choose_states",
        list_without_a_license,
        is_backed=True,
        allow=_license_any_state,
    ),
    Check(
        "states.lists.access.get_list",
        read_a_list_of_others,
        is_backed=True,
        allow=lambda list_id, *, by: SavedList.objects.get(id=list_id),
    ),
    Check(
        "states.lists.usable.get_usable_list",
        read_a_list_not_shared,
        is_backed=True,
        allow=lambda list_id, *, by: SavedList.objects.get(id=list_id),
    ),
    Check(
        "states.lists.usable._permitted",
        read_what_guardian_does_not_permit,
        is_backed=False,
        allow=lambda list_ids, by: set(list_ids),
    ),
    Check(
        "states.lists.shares._check_shareable",
        share_beyond_the_receivers_license,
        is_backed=True,
    ),
    Check(
        "states.lists.shares._check_rest",
        share_what_rests_on_the_unshared,
        is_backed=True,
    ),
    Check(
        "states.lists.usable.get_usable_list",
        ask_about_a_list_not_shared,
        is_backed=True,
        allow=lambda list_id, *, by: SavedList.objects.get(id=list_id),
    ),
    Check(
        "states.lists.access.get_export",
        fetch_an_export_of_others,
        is_backed=True,
        allow=lambda export_id, *, by: Export.objects.get(id=export_id),
    ),
    Check(
        "api.permissions.check_permission", ask_without_the_permission, is_backed=False
    ),
]
