"""Examples of webhooks and their deliveries."""

from typing import Final

_WEBHOOK: Final[dict[str, object]] = {
    "id": "3a9c6e1f-4d87-4b20-9f5a-7c1e8d2b6043",
    "url": "https://hooks.example.org/voters",
    "description": "Field dashboard",
    "states": ["OH"],
    "enabled": True,
    "disabled_reason": "",
    "secrets_overlap_until": None,
    "created_at": "2026-10-01T12:00:00Z",
}
_ATTEMPT: Final[dict[str, object]] = {
    "message": "msg_6f1e0d3c9b7a4582",
    "type": "changes.available",
    "state": "OH",
    "number": 1,
    "at": "2026-10-31T19:04:06Z",
    "outcome": "taken",
    "status": 204,
    "milliseconds": 83,
}

WEBHOOKS: Final[dict[str, object]] = {
    "Webhook": _WEBHOOK,
    "WebhookWithSecret": {
        **_WEBHOOK,
        "secret": "whsec_aW52ZW50ZWQgc2VjcmV0IGZvciBhbiBleGFtcGxl",
    },
    "Webhooks": {"results": [_WEBHOOK], "next": None},
    "Attempt": _ATTEMPT,
    "Attempts": {"results": [_ATTEMPT], "next": None},
}
