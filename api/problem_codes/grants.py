"""Problems with states, their policies, grants, and what grants refuse."""

from typing import Final

from api.problem_codes.known import Known

GRANTS: Final = (
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
)
