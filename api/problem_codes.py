"""The registry of stable codes: what each problem means, and what to do about it.

One entry for codes of one kind. The pages at /problems/<code> show it, and the table in
docs/api.md is held to it by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of one kind, separated by spaces: their meaning, and the way on."""

    codes: str
    meaning: str
    remedy: str


REGISTRY: Final = (
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
    Known(
        "already_a_member person_exists last_owner",
        "about members: an owner stays",
        "List the members to see how things stand; name another owner before the last one goes.",
    ),
    Known(
        "invitation_over",
        "used, withdrawn, expired, or for another address",
        "Ask for a new invitation, and accept it with the address it was sent to.",
    ),
    Known(
        "email_invalid mail_unavailable",
        "about the invitation's mail",
        "Correct the address, or invite again later.",
    ),
    Known(
        (
            "permission_unknown source_invalid network_invalid expiry_invalid "
            "overlap_invalid vendor_unknown"
        ),
        "about a credential's terms",
        "Correct the term that `errors` points at.",
    ),
    Known(
        ("credential_not_live credential_rotated credential_revoked two_keys_live"),
        "about a credential's life",
        "List the credentials, and issue, rotate or revoke the one that is live.",
    ),
    Known(
        "state_already_owned state_not_open not_state_owner own_state",
        "about who owns a state",
        "GET /v1/states tells who owns which state.",
    ),
    Known(
        "policy_invalid policy_forbids attestation_needed",
        "about a state's policy",
        "GET /v1/states/{code}/policy tells what the state allows.",
    ),
    Known(
        (
            "terms_invalid before_start in_the_past contacts_needed "
            "not_a_county not_a_district place_kind_not_carried not_a_text "
            "not_applicable out_of_range repeated required term_not_supported "
            "too_long unknown_choice unknown_term whole_or_parts "
            "no_such_organization"
        ),
        "about a grant's terms",
        "Correct the terms that `errors` points at.",
    ),
    Known(
        "not_a_predecessor predecessor_not_active successor_exists",
        "about a grant that replaces another",
        "Name the active grant that is to be replaced, and let one successor wait at a time.",
    ),
    Known(
        ("not_yet_time offer_ended other_side_only step_not_possible reason_missing"),
        "about a grant's life",
        "GET the grant: its status says which steps are possible, and for which side.",
    ),
    Known(
        "not_licensed state_not_licensed field_not_licensed",
        "no grant in force covers it; the problem names the missing one",
        "Ask the state's party for a grant that covers it: POST /v1/grants/requests.",
    ),
    Known(
        "identifying_criteria",
        "a license to count does not cover criteria that name people",
        "Ask without these fields, or ask for a grant to read.",
    ),
    Known(
        "cap_reached",
        "the month's cap of distinct voters is reached",
        "Wait for the next month (UTC), or ask the state's party for a higher cap.",
    ),
    Known(
        "unknown_state unknown_election",
        "there is no such state or election",
        "GET /v1/states and GET /v1/fields list what there is.",
    ),
    Known(
        "voter_id_invalid",
        "a voter's id is the state, a hyphen and 32 hexadecimal digits",
        "Send the id as the API gave it.",
    ),
    Known(
        "search_not_one_key needs_last_name",
        "search by one of: state id, name, address, phone",
        "Send one key of search, with what it needs.",
    ),
    Known(
        (
            "digest_malformed digest_mismatch upload_cut upload_is_a_form "
            "file_empty file_too_large file_name_invalid file_name_taken"
        ),
        "about an upload",
        "Correct the headers or the file, and upload it again.",
    ),
    Known(
        (
            "archive_damaged archive_empty archive_encrypted archive_floods "
            "archive_too_deep"
        ),
        "about a compressed file",
        "Make the archive anew, without a password, and upload it again.",
    ),
    Known(
        "guard_unknown",
        "there is no such guard rail",
        "GET /v1/states/{code}/guard-rails lists them.",
    ),
    Known(
        "layout_unknown column_unknown column_taken column_secret",
        "about names accepted for a layout's columns",
        "The problem of the failed import names the layout and its columns.",
    ),
    Known(
        "rollback_not_kept",
        "that publication is not among the last three before the newest",
        "Import the file that you want instead.",
    ),
    Known(
        (
            "delivery_empty delivery_imported file_date_impossible county_unknown "
            "calendar_missing import_moved_on import_not_ready import_not_cancelable"
        ),
        "about a delivery or an import",
        "GET the delivery or the import to see how it stands.",
    ),
    Known(
        "header_invalid column_missing column_repeated",
        "an uploaded CSV needs a header line that names each column once",
        "Correct the header line and upload the file again.",
    ),
    Known(
        (
            "line_malformed line_too_long cells_wrong voter_missing other_state "
            "status_unknown method_unknown date_in_future"
        ),
        "about a line of an uploaded CSV (also `voter_unknown`, `date_invalid`)",
        "Correct the line that is named and upload the file again.",
    ),
    Known(
        "no_ballots many_faults ballots_fell",
        "an upload of ballots was refused as a whole",
        "Compare the file with the one before, and upload the right one.",
    ),
    Known(
        "ballot_elections_mixed",
        "criteria name ballots of several elections",
        "Ask about one election at a time.",
    ),
    Known(
        "criteria_invalid",
        "criteria with several faults; `errors` points at each",
        "Correct each fault that `errors` points at.",
    ),
    Known(
        "criteria_text election_unclear",
        "a typed text that cannot be read at `line`, `column`",
        "Correct the text there; POST /v1/criteria/parse tries it out.",
    ),
    Known(
        (
            "criteria_shape criteria_too_deep criteria_too_large "
            "unknown_operator value_type value_unknown date_invalid "
            "bounds_reversed"
        ),
        "a fault of criteria",
        "See the section on targeting, and GET /v1/fields for operators and values.",
    ),
    Known(
        "field_not_divisible step_invalid breakdown_too_large",
        "about a breakdown",
        "Break down by fields of few values, in wider steps, or narrow the criteria.",
    ),
    Known(
        (
            "list_name_taken list_unknown list_not_pinned list_deleted columns_empty columns_and_preset"
        ),
        "about a saved list",
        "List your saved lists, and name another one.",
    ),
    Known(
        "export_ended link_expired link_revoked download_ended license_changed",
        "about an export and its link",
        "Order the export again.",
    ),
    Known(
        "restarting stream_renewed too_slow",
        "why a stream of changes ended",
        "Open it again with the last id that arrived: nothing is lost.",
    ),
    Known(
        "webhook_url_invalid webhook_not_following too_many_webhooks",
        "about a webhook",
        "Give an https address, name a state that it follows, or remove a webhook first.",
    ),
    Known(
        "streams_full too_many_streams",
        "no further stream can be opened here now",
        "Close one of your own, or wait for Retry-After seconds; GET /v1/changes works meanwhile.",
    ),
    Known(
        ("batch_empty batch_malformed batch_too_large object_required item_invalid"),
        "about a batch of contacts",
        "Send one contact, or 1 to 1,000 of them under `contacts`.",
    ),
    Known(
        "event_id_reused",
        "the event id was sent before, with another body",
        "Send a new event id for a new contact, and the very same body for a retry.",
    ),
    Known(
        "contact_retracted",
        "the contact was retracted, for good",
        "Push a new contact with a new event id.",
    ),
    Known(
        "voter_unknown survey_response_unknown activist_code_unknown name_taken",
        "about a contact's parts: a voter or word that is not there, or not for you",
        "Check the id, and that your grants to contribute cover the voter.",
    ),
    Known(
        (
            "text_invalid code_unknown voter_required id_malformed list_invalid "
            "time_invalid time_in_future support_invalid phone_invalid "
            "suppression_unknown result_with_responses"
        ),
        "about a contact's form, each with its pointer",
        "Correct the member that the pointer names; GET /v1/canvass-codes lists the words.",
    ),
)

KNOWN: Final = {code: one for one in REGISTRY for code in one.codes.split()}
"""Each code with its entry."""
