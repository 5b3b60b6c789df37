"""Shapes of score sets, their shares and their uploads."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from api.serializers import StrictSerializer
from states.scores.models import LineFault, Status, Upload
from states.scores.progress import rate_of, seconds_left
from states.scores.queries import KnownSet
from states.scores.rules import MAX_LABELS

SET: Final[dict[str, Any]] = {
    "id": "5b0c6f3e-2f1d-4a60-b8d2-c4e6b8f01234",
    "name": "turnout",
    "field": "score:turnout",
    "description": "How likely a vote is, in percent.",
    "low": 0,
    "high": 100,
    "labels": [],
    "mine": True,
    "uploader": None,
}
UPLOAD: Final[dict[str, Any]] = {
    "id": "9a1e4f60-a8d2-4c4e-96b8-f012340f3c5a",
    "score_set": SET["id"],
    "state": "OH",
    "status": "reading",
    "lines_total": 1000000,
    "lines_done": 260000,
    "lines_per_second": 41000,
    "seconds_left": 18,
    "matched": 255100,
    "unmatched": 4800,
    "out_of_range": 90,
    "malformed": 10,
    "voters": None,
    "reason": "",
    "uploaded_at": "2026-11-22T14:00:00Z",
    "finished_at": None,
}


class NewSetSerializer(StrictSerializer):
    """A score set to be declared: a range, or labels."""

    name = serializers.CharField(
        max_length=30,
        help_text="Lower-case letters, digits and _; begins with a letter.",
    )
    description = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True
    )
    low = serializers.FloatField(required=False, help_text="The lowest value.")
    high = serializers.FloatField(required=False, help_text="The highest value.")
    labels = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        default=list,
        max_length=MAX_LABELS,
        help_text="In place of a range: the values, in their order.",
    )


class ScoreSetSerializer(serializers.Serializer[Any]):
    """A score set as the caller calls it: its own, or shared with it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    field = serializers.CharField(help_text="Its name in criteria and columns.")
    description = serializers.CharField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    labels = serializers.ListField(child=serializers.CharField())
    mine = serializers.BooleanField()
    uploader = serializers.CharField(
        allow_null=True, help_text="Who shares it; null for one's own."
    )


class ScoreSetsSerializer(serializers.Serializer[Any]):
    """Score sets."""

    results = ScoreSetSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class NewShareSerializer(StrictSerializer):
    """With whom to share."""

    organization = serializers.UUIDField()


class ShareSerializer(serializers.Serializer[Any]):
    """A share of a set."""

    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    name = serializers.CharField()
    shared_at = serializers.DateTimeField()


class SharesSerializer(serializers.Serializer[Any]):
    """The shares of a set."""

    results = ShareSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class UploadQuerySerializer(StrictSerializer):
    """For which state an upload is."""

    state = serializers.RegexField(r"^[A-Z]{2}$")


class ScoreUploadSerializer(serializers.ModelSerializer[Upload]):
    """An upload of scores: how far it is, and what became of its lines."""

    score_set = serializers.UUIDField(source="score_set_id")
    status = serializers.ChoiceField(Status.choices)
    lines_per_second = serializers.SerializerMethodField()
    seconds_left = serializers.SerializerMethodField()
    voters = serializers.IntegerField(
        allow_null=True, help_text="Voters who have a value now."
    )

    class Meta:
        model = Upload
        fields = tuple(UPLOAD)

    def get_lines_per_second(self, upload: Upload) -> int | None:
        """Return the rate while it is read."""
        rate = rate_of(upload)
        return round(rate) if rate else None

    def get_seconds_left(self, upload: Upload) -> int | None:
        """Return how long it will take at that rate."""
        return seconds_left(upload)


class ScoreUploadsSerializer(serializers.Serializer[Any]):
    """Uploads of a set."""

    results = ScoreUploadSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RejectSerializer(serializers.ModelSerializer[LineFault]):
    """A line that gave no value, with what it said."""

    class Meta:
        model = LineFault
        fields = ("line", "code", "detail", "voter", "score")


class RejectsSerializer(serializers.Serializer[Any]):
    """A page of lines that gave no value."""

    results = RejectSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class DownloadQuerySerializer(StrictSerializer):
    """In which form rejects are downloaded."""

    format = serializers.ChoiceField(("csv", "ndjson"), default="csv")


def shown_set(one: KnownSet) -> dict[str, Any]:
    """Return a set as answers carry it."""
    return {
        "id": str(one.id),
        "name": one.name,
        "field": one.field.name,
        "description": one.description,
        "low": one.low,
        "high": one.high,
        "labels": list(one.labels),
        "mine": one.uploader is None,
        "uploader": one.uploader,
    }
