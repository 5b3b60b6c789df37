"""One thing of each kind that an address of the API names, whose it is, and a body for each method that takes one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.utils import timezone

from coop.actors import OPERATOR, Action, Actor
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.organizations.actions import found_organization, invite_member
from coop.organizations.credential_actions import CredentialTerms, issue_credential
from coop.organizations.models import Member, OrganizationKind, Role
from states.ballots.actions import Declared, upload_ballots
from states.ballots.models import Mode
from states.canvass.jobs import open_job
from states.canvass.models import SuppressionAssertion
from states.canvass.surveys import create_code, create_question
from states.files.actions import open_delivery
from states.files.upload_actions import open_upload
from states.imports.models import Import
from states.lists.actions import Draft, save_list
from states.lists.exports import order_export
from states.lists.models import Kind
from states.lists.pulls import pull_list
from states.lists.shares import share_list
from states.scores.actions import declare_set, queue_upload, share_set
from states.scores.rules import Declared as Score
from states.voters.ids import voter_id
from states.webhooks.actions import create_endpoint
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast

REASON: Final = {"reason": "It is over."}
BODIES: Final[dict[str, Any]] = {
    "POST v1/lists/<uuid:list_id>/pulls": {},
    "POST v1/contacts/<str:contact>/corrections": {
        "event_id": "fix",
        "contact_type": "walk",
        "result_code": "not_home",
    },
    "POST v1/contacts/<str:contact>/retractions": {"event_id": "gone"},
    "PATCH v1/members/<uuid:member>": {"role": "viewer"},
    "PUT v1/states/<str:code>/policy": {
        "purposes": ["election"],
        "recipients": ["campaign"],
        "resharing": True,
        "attestation": "",
        "citation": "",
    },
    "POST v1/grants/<uuid:grant>/refuse": REASON,
    "POST v1/grants/<uuid:grant>/suspend": REASON,
    "POST v1/grants/<uuid:grant>/revoke": REASON,
}
"""Bodies for which the document shows no example that fits the cast."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An id in an address: how it is written, one like it that nobody has, and who may know it."""

    real: str
    absent: str
    known_to: frozenset[str]


def make_things(cast: Cast) -> dict[str, Thing]:
    """Return a thing for each place in an address, by the name of its parameter."""
    receipt, contact, assertion = _contact(cast)
    saved = save_list(draft=Draft("Theirs", Kind.PINNED), by=cast.campaign)
    share = share_list(
        list_id=saved.id, organization=cast.committee.organization, by=cast.campaign
    )
    ordered = order_export(list_id=saved.id, columns=None, by=cast.campaign)
    voter = cast.places[4][0]
    readers = ("ohio", "committee", "outside_group")
    return (
        {
            "member": _thing(_member(cast.campaign), "campaign"),
            "invitation": _thing(_invitation(cast.campaign), "campaign"),
            "credential": _thing(_credential(cast.campaign), "campaign"),
            "grant": _thing(_grant(cast), "ohio", "campaign"),
            "voter": _public(voter_id("OH", voter), *readers),
            "list_id": _thing(saved.id, "campaign", "committee"),
            "share": _thing(share.id, "campaign"),
            "pull": _thing(
                pull_list(list_id=saved.id, by=cast.campaign).id, "campaign"
            ),
            "export": _thing(ordered.export.id, "campaign"),
            "contact": _public(contact, "rival"),
            "receipt": _thing(receipt, "rival"),
            # Its claimant may list it; only the state's owner confirms it.
            "assertion": _public(assertion, "ohio"),
            "job": _thing(open_job(form="csv", by=cast.campaign).id, "campaign"),
            "question": _thing(_question(cast.outside_group), "outside_group"),
            "code": _thing(_code(cast.outside_group), "outside_group"),
            "webhook": _thing(_webhook(cast.campaign), "campaign"),
        }
        | _delivered(cast)
        | _scored(cast.campaign)
    )


def _thing(real: object, *known_to: str) -> Thing:
    return Thing(str(real), str(uuid4()), frozenset(known_to))


def _public(real: str, *known_to: str) -> Thing:
    return Thing(real, voter_id("OH", uuid4()), frozenset(known_to))


def _member(by: Actor) -> object:
    with acting_as(by, Action.MANAGE):
        return Member.objects.get(person=by.principal).id


def _invitation(by: Actor) -> object:
    made, _token = invite_member(email="new@example.org", role=Role.VIEWER, by=by)
    return made.id


def _credential(by: Actor) -> object:
    until = timezone.now() + dt.timedelta(days=9)
    terms = CredentialTerms("Dialer", "dialer", ["voters:count"], until)
    return issue_credential(terms=terms, by=by)[0].id


def _grant(cast: Cast) -> object:
    with acting_as(cast.campaign, Action.MANAGE):
        return Grant.objects.get(grantee=cast.campaign.organization).id


def _contact(cast: Cast) -> tuple[object, str, str]:
    """Push a held contact of the rival's, which asserts that the voter has moved."""
    voter = cast.places[2][0]
    pushed = push(cast.rival, body(voter, result_code="moved"))
    drain()
    with acting_as(cast.rival, Action.READ):
        asserted = SuppressionAssertion.objects.get(state="OH", voter=voter)
    contact = pushed.verdicts[0].contact
    assert contact
    return pushed.receipt, contact, voter_id("OH", asserted.assertion)


def _delivered(cast: Cast) -> dict[str, Thing]:
    delivery = open_delivery(
        state="OH", file_date=timezone.localdate(), counties=None, by=cast.ohio
    )
    run = Import(
        state="OH",
        delivery=delivery,
        requested_by=cast.ohio.principal,
        requested_at=timezone.now(),
    )
    with acting_as(cast.ohio, Action.IMPORT):
        run.save(force_insert=True)
    return {
        "delivery": _thing(delivery.id, "ohio"),
        "upload": _thing(_upload(delivery.id, cast.ohio), "ohio"),
        "import_id": _thing(run.id, "ohio"),
        "ballot_upload": _thing(_ballots(cast), "ohio"),
    }


def _upload(delivery: UUID, by: Actor) -> object:
    return open_upload(delivery=delivery, name="SWVF.txt", size=10, by=by).id


def _ballots(cast: Cast) -> object:
    declared = Declared("OH", "2026-12-08 special", Mode.DIFFERENCE)
    sheet = b"voter,status,date\nOH00000001000,sent,2026-10-05\n"
    return upload_ballots(declared=declared, chunks=[sheet], by=cast.ohio).id


def _scored(by: Actor) -> dict[str, Thing]:
    """Declare a set, shared with nobody of the cast, and queue an upload of it."""
    made = declare_set(declared=Score("likely", 0, 1), by=by)
    friend = found_organization(
        kind=OrganizationKind.VENDOR, name="A Friend", by=OPERATOR
    )
    share = share_set(set_id=made.id, receiver=friend.id, by=by)
    sheet = b"voter,score\nOH00000001000,0.5\n"
    upload = queue_upload(set_id=made.id, state="OH", chunks=[sheet], by=by)
    return {
        "score_set": _thing(made.id, "campaign"),
        "score_share": _thing(share.id, "campaign"),
        "score_upload": _thing(upload.id, "campaign"),
    }


def _question(by: Actor) -> object:
    words = {"type": "issue", "name": "Roads"}
    return create_question(words=words, responses=[{"name": "Yes"}], by=by).id


def _code(by: Actor) -> object:
    return create_code(words={"type": "action", "name": "Volunteer"}, by=by).id


def _webhook(by: Actor) -> object:
    """Set up a webhook whose address is judged without asking the network, and never sent to."""
    with acting_as(by, Action.MANAGE):
        return create_endpoint(
            url="https://hooks.example.invalid/", states=["OH"], by=by
        )[0].id
