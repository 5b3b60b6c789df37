"""Problems with criteria, answers, lists and exports."""

from typing import Final

from api.problem_codes.known import Known

TARGETING: Final = (
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
        "answers_reached",
        "the month's answers to a license to count alone are given",
        "What was answered this month is answered again; the rest waits for the next, or for a license to read.",
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
            "list_name_taken list_unknown list_cycle list_too_deep list_deleted "
            "columns_empty columns_and_preset"
        ),
        "about a saved list",
        "List your saved lists, and name another one.",
    ),
    Known(
        (
            "share_needless no_such_member already_shared receiver_not_licensed "
            "share_rests_on_unshared"
        ),
        "about sharing a list",
        "Share with another organization (or one person in it) that may read what the list rests on.",
    ),
    Known(
        "export_ended link_expired link_revoked download_ended",
        "about an export and its link",
        "Order the export again.",
    ),
    Known(
        "license_changed",
        "what the answer rests on was changed while it was made, or since; nothing of it is shown",
        "Look at GET /v1/me, and ask again.",
    ),
    Known(
        "answer_too_slow",
        "the question took longer than the service waits; `fields` are those that no bitmap could tell, where that was why",
        "Ask again in a minute; else ask one state at a time, or save the slow part as a pinned list and ask about `list:<id>`.",
    ),
    Known(
        "export_not_ready",
        "the file is being prepared: `rows` of `of_rows`, `seconds_left`",
        "Fetch the link again after `Retry-After` seconds; GET /v1/exports/{id} tells how far it is.",
    ),
    Known(
        "export_failed export_not_kept worker_lost",
        "the file could not be prepared: `reason` says why",
        "Order the export again.",
    ),
    Known(
        "exports_waiting",
        "too many exports of the organization wait to be prepared",
        "Wait for one of them, or revoke one.",
    ),
    Known(
        "order_unknown",
        "no such order",
        "Order by id, walk, or a score: score:<set>, highest first -score:<set>.",
    ),
    Known(
        "export_outdated",
        "the kept file holds voters or fields that may not leave any more",
        "Order a new export: it holds what may leave now.",
    ),
    Known(
        "export_damaged",
        "the kept file was damaged, and is dropped",
        "Fetch the link again: the voters are read anew.",
    ),
    Known(
        "range_not_satisfiable",
        "the file has no byte in that range; Content-Range tells its size",
        "Ask for a range within the file.",
    ),
)
