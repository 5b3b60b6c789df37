"""Problems of any request: its form, who is asking, idempotency."""

from typing import Final

from api.problem_codes.known import Known

REQUESTS: Final = (
    Known(
        "malformed",
        "the body is not JSON, or the request is broken",
        "Check the syntax: JSON in UTF-8, nested at most 64 deep, without NaN.",
    ),
    Known(
        "invalid",
        "the input has faults; `errors` names them",
        "Correct what `errors` points at and send it again.",
    ),
    Known(
        "unknown_field",
        "there is no such member, parameter or standard field",
        "Compare the name with GET /v1/fields or the reference page.",
    ),
    Known(
        "character_invalid",
        "text holds a NUL or half a character",
        "Remove the character; text is whole Unicode without NUL.",
    ),
    Known(
        "cursor_invalid",
        "the cursor is not one of yours for this list",
        "Start again without a cursor.",
    ),
    Known(
        "not_found",
        "there is no such thing, or not for you",
        "Check the id, and with GET /v1/me what you may see.",
    ),
    Known(
        "method_not_allowed",
        "the address has no such method",
        "See the reference page for the methods of this address.",
    ),
    Known(
        "not_acceptable", "answers are JSON", "Send Accept: application/json, or none."
    ),
    Known(
        "media_type_unsupported", "send JSON", "Send Content-Type: application/json."
    ),
    Known("body_too_large", "the body is over the limit", "Send it in parts."),
    Known(
        "throttled",
        "too many calls; wait",
        "Wait for Retry-After seconds; RateLimit tells where you stand.",
    ),
    Known(
        "unavailable",
        "the database or the cache does not answer; nothing was done",
        "Try again after Retry-After seconds.",
    ),
    Known(
        "internal_error",
        "a fault of ours; tell the operator the request id",
        "Try again later; if it stays, tell the operator the request id.",
    ),
    Known(
        "not_authenticated",
        "no key and no session",
        "Send Authorization: Bearer with a key, or log in.",
    ),
    Known(
        "key_malformed key_unknown",
        "the key is not one of ours",
        "Check that the whole key is sent: vfc_<prefix>_<secret>.",
    ),
    Known(
        "key_revoked key_expired",
        "the key has ended",
        "Ask your data manager for a new key, or use the successor of a rotated one.",
    ),
    Known(
        "address_not_allowed",
        "the key may not be used from this address",
        "Call from one of the key's networks, or have a key issued for this one.",
    ),
    Known(
        "csrf_failed",
        "a session's unsafe request without its token",
        "Send the token of the session as X-CSRFToken.",
    ),
    Known(
        "permission_missing",
        "the role or key lacks `permission`",
        "Ask an owner of your organization for another role, or for a key with the permission.",
    ),
    Known(
        "permission_beyond_own",
        "nobody gives more than they hold",
        "Name only permissions that you hold yourself.",
    ),
    Known(
        "second_factor_required",
        "enroll a second factor, or log in with it",
        "Enroll a second factor on the account pages, or log in with it.",
    ),
    Known(
        "not_a_member",
        "no member of that organization",
        "Ask an owner of the organization for an invitation.",
    ),
    Known(
        "organization_required",
        "name one of your organizations in `X-Organization`",
        "Send the id of one of your organizations as X-Organization.",
    ),
    Known(
        "standing_ended",
        "a key or membership ended, or lost the permission, while a download or a wait was on",
        "Begin again with a key or a membership that is in force.",
    ),
    Known(
        "denied",
        "the database's own refusal: a license ended meanwhile",
        "See with GET /v1/me which grants are in force, and ask again.",
    ),
    Known(
        "test_credential", "a test credential cannot do this", "Use a live credential."
    ),
    Known(
        "idempotency_key_invalid",
        "longer than 200 characters",
        "Send a shorter key, such as a UUID.",
    ),
    Known(
        "idempotency_key_reused",
        "the key was used for another request",
        "Use a new key for a new request.",
    ),
    Known(
        "idempotency_key_running",
        "the first request is still running",
        "Wait a moment and send the same request again.",
    ),
)
