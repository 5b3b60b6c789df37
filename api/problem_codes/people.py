"""Problems with members, invitations and credentials."""

from typing import Final

from api.problem_codes.known import Known

PEOPLE: Final = (
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
)
