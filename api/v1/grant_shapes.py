"""How a grant is written in requests and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest
from coop.actors import Actor
from coop.grants.models import Grant, Pool, Status
from coop.grants.rules import side_of
from coop.grants.terms import (
    ACTIONS,
    DISTRICT_KINDS,
    FieldGroup,
    Geography,
    Terms,
    district_number,
)
from coop.jurisdictions.models import Purpose
from coop.organizations.models import Organization
from states.tracers.queries import disclosed_states


def _districts() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=500
    )


class GeographySerializer(StrictSerializer):
    """The whole state, or the union of the named counties and districts."""

    whole_state = serializers.BooleanField(default=False)
    counties = serializers.ListField(
        child=serializers.IntegerField(min_value=1000, max_value=99999),
        required=False,
        max_length=500,
        help_text="Five-digit FIPS codes.",
    )
    us_house_districts = _districts()
    state_senate_districts = _districts()
    state_house_districts = _districts()


class TermsSerializer(StrictSerializer):
    """What is licensed: fields, actions, places, purpose, time, caps."""

    groups = serializers.MultipleChoiceField(choices=[str(one) for one in FieldGroup])
    actions = serializers.MultipleChoiceField(choices=ACTIONS)
    geography = GeographySerializer()
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    cap_voters_month = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2_147_483_647
    )
    pool = serializers.ChoiceField(
        choices=Pool.choices,
        required=False,
        allow_null=True,
        help_text="Required with `contribute`, and only there: there is no default.",
    )
    agreement = serializers.CharField(
        required=False, allow_blank=True, max_length=200_000
    )
    terms = serializers.DictField(child=serializers.CharField(), required=False)


class NewGrantSerializer(TermsSerializer):
    """A request by an organization, or, where `grantee` is named, an offer by the state's party."""

    state = serializers.CharField(max_length=2)
    grantee = serializers.UUIDField(required=False)
    supersedes = serializers.UUIDField(required=False, allow_null=True)
    message = serializers.CharField(required=False, allow_blank=True, max_length=4000)


class OfferSerializer(StrictSerializer):
    """The terms on which a request is answered; without them, those that were asked for."""

    terms = TermsSerializer(required=False)


class ReasonSerializer(StrictSerializer):
    """Why; the other side sees it."""

    reason = serializers.CharField(max_length=4000)


class AcceptSerializer(StrictSerializer):
    """Whether the accepting side attests to the sentence that the state's policy asks for."""

    attested = serializers.BooleanField(default=False)


class NothingSerializer(StrictSerializer):
    """An empty body."""


class GrantsQuerySerializer(PageQuerySerializer):
    """Which grants to list."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    state = serializers.CharField(max_length=2, required=False)


class PartySerializer(serializers.Serializer[Any]):
    """One side of a grant."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class GrantSerializer(serializers.Serializer[Any]):
    """One grant, as either side sees it."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    side = serializers.ChoiceField(choices=["owner", "grantee"])
    in_force = serializers.BooleanField()
    owner = PartySerializer()
    grantee = PartySerializer()
    groups = serializers.ListField(child=serializers.CharField())
    actions = serializers.ListField(child=serializers.CharField())
    geography = GeographySerializer()
    purpose = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    cap_voters_month = serializers.IntegerField(allow_null=True)
    pool = serializers.CharField(allow_null=True)
    exports_may_hold_tracers = serializers.BooleanField(
        help_text="The party puts invented records into exports, by which it traces leaked files."
    )
    agreement = serializers.CharField(help_text="'' in lists.")
    agreement_hash = serializers.CharField(help_text="SHA-256 of the text.")
    terms = serializers.DictField()
    supersedes = serializers.UUIDField(allow_null=True)
    message = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class GrantPageSerializer(serializers.Serializer[Any]):
    """A page of grants."""

    results = GrantSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class MonthSerializer(serializers.Serializer[Any]):
    """What one month used."""

    month = serializers.DateField()
    used = serializers.IntegerField()


class UseSerializer(serializers.Serializer[Any]):
    """Distinct voters obtained under a grant and those before it in its line, by month."""

    cap_voters_month = serializers.IntegerField(allow_null=True)
    months = MonthSerializer(many=True)
    resets_at = serializers.DateTimeField()


def terms_from(data: Mapping[str, Any]) -> Terms:
    """Return the terms of a validated body. Raises `Invalid`, naming every fault."""
    where = data["geography"]
    districts = {
        f"{kind}_districts": tuple(
            district_number(text) for text in where.get(f"{kind}_districts", ())
        )
        for kind in DISTRICT_KINDS
    }
    return Terms(
        groups=tuple(sorted(data["groups"])),
        actions=tuple(sorted(data["actions"])),
        geography=Geography(
            whole_state=where["whole_state"],
            counties=tuple(where.get("counties", ())),
            **districts,
        ),
        purpose=data["purpose"],
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        cap_voters_month=data.get("cap_voters_month"),
        pool=data.get("pool"),
        agreement=data.get("agreement", ""),
        terms=data.get("terms", {}),
    )


def shown(grants: Iterable[Grant], *, by: Actor, texts: bool) -> list[dict[str, Any]]:
    """Return grants as answers show them; `texts` adds the agreements' text."""
    rows = list(grants)
    ids = {side for grant in rows for side in (grant.owner, grant.grantee)}
    names = dict(Organization.objects.filter(id__in=ids).values_list("id", "name"))
    traced = disclosed_states(grant.state_id for grant in rows)
    now = timezone.now()
    return [
        GrantSerializer(
            {
                **{name: getattr(grant, name) for name in _PLAIN},
                "state": grant.state_id,
                "side": side_of(by, grant),
                "in_force": grant.status == Status.ACTIVE
                and grant.starts_at <= now < grant.ends_at,
                "owner": {"id": grant.owner, "name": names[grant.owner]},
                "grantee": {"id": grant.grantee, "name": names[grant.grantee]},
                "geography": grant,
                "exports_may_hold_tracers": grant.state_id in traced,
                "agreement": grant.agreement if texts else "",
                "supersedes": grant.supersedes_id,
            }
        ).data
        for grant in rows
    ]


_PLAIN: Final = (
    *("id", "status", "groups", "actions", "purpose", "starts_at", "ends_at"),
    *("cap_voters_month", "pool", "agreement_hash", "terms", "message", "reason"),
    *("created_at", "changed_at", "accepted_at", "ended_at"),
)


def answer(grant: Grant, request: CoopRequest, status: int = 200) -> Response:
    """Return the answer that shows one grant with its texts."""
    return Response(shown([grant], by=request.actor, texts=True)[0], status=status)
