"""Shapes of requests and answers shared by all resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know, so that a misspelled one is never ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated value; unknown members are faults beside all others."""
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                error.detail.update(unknown)
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        known = {name for name, one in self.fields.items() if not one.read_only}
        fault = ErrorDetail("There is no such field.", code="unknown_field")
        return {str(name): [fault] for name in data if name not in known}


class FaultSerializer(serializers.Serializer[Any]):
    """One fault of the input."""

    pointer = serializers.CharField(help_text="JSON pointer to the fault.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem as RFC 9457 describes it, with a stable `code`."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; listed in docs/api.md.")
    request_id = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]


class PageQuerySerializer(StrictSerializer):
    """The query parameters of every list: where it continues, and how much of it at once."""

    cursor = serializers.CharField(required=False, max_length=2000)
    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=1000
    )
