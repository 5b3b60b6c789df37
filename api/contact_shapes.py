"""How contacts are asked for and shown: the shapes of /v1/contacts and /v1/receipts."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from api.serializers import PageQuerySerializer
from states.canvass.actions import Outcome
from states.canvass.items import EVENT_ID_LONGEST
from states.canvass.matching import Outcome as MatchOutcome
from states.canvass.vocabulary import (
    OPT_OUTS,
)


class FaultSerializer(serializers.Serializer[Any]):
    """Why an item was rejected."""

    pointer = serializers.CharField(help_text="JSON pointer into the item.")
    code = serializers.CharField(help_text="Stable; listed in docs/api.md.")
    detail = serializers.CharField()


_TEXT: Final = {"type": "string"}
_DESCRIBED: Final = {
    "first_name": _TEXT,
    "middle_name": _TEXT,
    "last_name": _TEXT,
    "suffix": _TEXT,
    "birth_date": {"type": "string", "format": "date"},
    "birth_year": {"type": "integer"},
    "address": _TEXT,
    "zip5": _TEXT,
    "phone": _TEXT,
    "email": _TEXT,
}


def _reference(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"state": _TEXT} | properties,
        "required": ["state", *required],
        "additionalProperties": False,
    }


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "description": "The co-op's id, `OH-…`."},
            _reference(["state_voter_id"], {"state_voter_id": _TEXT}),
            _reference(
                ["county", "county_voter_id"],
                {"county": _TEXT, "county_voter_id": _TEXT},
            ),
            _reference([], _DESCRIBED),
        ]
    }
)
class VoterReferenceField(serializers.JSONField):
    """A voter by the co-op's id, the state's or the county's, or described."""


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class WordField(serializers.JSONField):
    """A word of the vocabulary, by name or by number: GET /v1/canvass-codes."""


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer to one of your survey questions."""

    question = serializers.UUIDField()
    response = serializers.UUIDField()


class AppliedCodeSerializer(serializers.Serializer[Any]):
    """One of your activist codes, applied or removed."""

    code = serializers.UUIDField()
    applied = serializers.BooleanField(required=False, default=True)


class NewContactSerializer(serializers.Serializer[Any]):
    """A contact as it is pushed: with a result code, or with responses, which imply Canvassed.

    It describes the form; `states.canvass.items` checks it, item by item.
    """

    event_id = serializers.CharField(
        max_length=EVENT_ID_LONGEST,
        help_text="Yours; counts once, for ever, per state and source.",
    )
    voter = VoterReferenceField()
    contact_type = WordField()
    input_type = WordField(required=False)
    result_code = WordField(required=False)
    survey_responses = AnswerSerializer(many=True, required=False)
    activist_codes = AppliedCodeSerializer(many=True, required=False)
    support = serializers.IntegerField(required=False, min_value=1, max_value=5)
    suppressions = serializers.ListField(
        child=serializers.ChoiceField(OPT_OUTS), required=False
    )
    opt_ins = serializers.ListField(
        child=serializers.ChoiceField(OPT_OUTS), required=False
    )
    occurred_at = serializers.DateTimeField(required=False)
    canvasser = serializers.CharField(required=False, max_length=80)
    phone = serializers.CharField(required=False, help_text="E.164: +16145550100.")


class ContactBatchSerializer(serializers.Serializer[Any]):
    """Up to 1,000 contacts."""

    contacts = NewContactSerializer(many=True)


CONTACT_PUSH = PolymorphicProxySerializer(
    "ContactPush",
    [NewContactSerializer, ContactBatchSerializer],
    resource_type_field_name=None,
)


class MatchReasonSerializer(serializers.Serializer[Any]):
    """What one comparison of a description with a voter found."""

    field = serializers.CharField()
    level = serializers.CharField()
    bits = serializers.FloatField(help_text="What speaks for (or against) the voter.")


class MatchSerializer(serializers.Serializer[Any]):
    """How a described voter was looked for, among those that you may read."""

    outcome = serializers.ChoiceField([one.value for one in MatchOutcome])
    voter = serializers.CharField(allow_null=True)
    score = serializers.FloatField(
        allow_null=True, help_text="The chance that it is this voter, 0 to 1."
    )
    margin_bits = serializers.FloatField(allow_null=True)
    reasons = MatchReasonSerializer(many=True)


class VerdictSerializer(serializers.Serializer[Any]):
    """What became of one pushed contact."""

    index = serializers.IntegerField(help_text="Its place in the call, from 0.")
    event_id = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField([one.value for one in Outcome])
    id = serializers.CharField(
        allow_null=True, help_text="The contact's id; none where it was rejected."
    )
    errors = FaultSerializer(many=True)  # type: ignore[assignment]  # DRF has an attribute of this name
    match = MatchSerializer(required=False, help_text="Where a voter was looked for.")


class VerdictLineSerializer(serializers.Serializer[Any]):
    """What became of one pushed line; a last line `{"end": {"code", "detail"}}` tells why others have none."""

    line = serializers.IntegerField(help_text="Its number in the body, from 1.")
    event_id = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField([one.value for one in Outcome])
    id = serializers.CharField(allow_null=True)
    errors = FaultSerializer(many=True)  # type: ignore[assignment]  # DRF has an attribute of this name
    receipt = serializers.UUIDField(allow_null=True)
    match = MatchSerializer(required=False)


class PushedSerializer(serializers.Serializer[Any]):
    """What became of a call."""

    receipt = serializers.UUIDField(
        allow_null=True, help_text="None for a test credential, which keeps nothing."
    )
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = VerdictSerializer(many=True)


class ContactSerializer(serializers.Serializer[Any]):
    """One contact. The last six members are for the organization that it was pushed for alone."""

    id = serializers.CharField()
    status = serializers.ChoiceField(
        ["queued", "applied", "set_aside", "retracted", "accepted"],
        help_text="`accepted`: kept, and nothing more is told to whoever may not read the voter.",
    )
    voter = serializers.CharField(allow_null=True)
    organization = serializers.UUIDField()
    contact_type = serializers.CharField(allow_null=True)
    input_type = serializers.CharField(allow_null=True)
    result_code = serializers.CharField(allow_null=True)
    support = serializers.IntegerField(allow_null=True)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    pooled = serializers.BooleanField(
        allow_null=True, help_text="Whether it is in the state party's pool."
    )
    corrected_at = serializers.DateTimeField(required=False, allow_null=True)
    retracted_at = serializers.DateTimeField(required=False, allow_null=True)
    state_answers = serializers.ListField(
        child=serializers.DictField(child=serializers.UUIDField()),
        required=False,
        help_text="`question` and `response` of questions published in the state.",
    )
    kind = serializers.ChoiceField(
        ["contact", "correction", "retraction"], required=False
    )
    amends = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="The contact that a correction or retraction is about.",
    )
    error = serializers.CharField(
        required=False, help_text="Why it was set aside: a code, no values."
    )
    event_id = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # DRF has an attribute of this name
    canvasser = serializers.CharField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True)
    survey_responses = serializers.ListField(required=False)
    activist_codes = serializers.ListField(required=False)


class ContactPageSerializer(serializers.Serializer[Any]):
    """A page of contacts; `freshness` tells the state's newest file where voters are shown."""

    results = ContactSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    freshness = serializers.DictField(required=False)


class ReceiptItemSerializer(serializers.Serializer[Any]):
    """How far one accepted contact has come."""

    id = serializers.CharField()
    event_id = serializers.CharField()
    status = serializers.ChoiceField(["queued", "applied", "set_aside", "accepted"])
    error = serializers.CharField(allow_null=True)


class RejectionSerializer(serializers.Serializer[Any]):
    """An item that was rejected: its place in the call, and the codes."""

    index = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField())


class ReceiptSerializer(serializers.Serializer[Any]):
    """What one call pushed, and how far it has come."""

    id = serializers.UUIDField()
    received_at = serializers.DateTimeField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rejections = RejectionSerializer(many=True)
    results = ReceiptItemSerializer(many=True)


class SetAsideQuerySerializer(PageQuerySerializer):
    """Which state's."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")


class ContactsQuerySerializer(PageQuerySerializer):
    """Whose contacts: a voter's that you may see, or all of your own in a state."""

    voter = serializers.CharField(
        required=False, max_length=40, help_text="A voter's id, `OH-…`."
    )
    state = serializers.RegexField(
        r"\A[A-Z]{2}\Z",
        required=False,
        help_text="Instead of `voter`: your own contacts in this state.",
    )
    since = serializers.DateTimeField(
        required=False, help_text="`occurred_at` from then on."
    )
    until = serializers.DateTimeField(
        required=False, help_text="`occurred_at` before then."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a question of both, or of neither."""
        if ("voter" in attrs) == ("state" in attrs):
            msg = "Name either a voter, or a state for your own contacts there."
            raise serializers.ValidationError({"voter": msg}, code="voter_or_state")
        return attrs
