"""Examples of states, their policies, and grants."""

from typing import Final

GRANTS: Final[dict[str, object]] = {
    "Grant": {
        "id": "7c1d5b0e-3f64-4c1a-9a55-0d8f6f2b9e31",
        "state": "OH",
        "status": "active",
        "side": "grantee",
        "in_force": True,
        "owner": {
            "id": "2b7c9a40-55d1-4e0e-8f4c-6a1f0c9d7e12",
            "name": "Ohio State Party",
        },
        "grantee": {
            "id": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
            "name": "Campaign for Ohio Three",
        },
        "groups": ["registration", "vote_history"],
        "actions": ["count", "read", "export"],
        "geography": {
            "whole_state": False,
            "counties": [],
            "us_house_districts": ["3"],
            "state_senate_districts": [],
            "state_house_districts": [],
        },
        "purpose": "election",
        "starts_at": "2026-09-01T00:00:00Z",
        "ends_at": "2026-12-01T00:00:00Z",
        "cap_voters_month": 50000,
        "pool": None,
        "agreement": "Use for the election of November 2026 alone.",
        "agreement_hash": "9f2c4d5be07a11c38e6f40b5d2a79c1386e5f0d4b7c2a91e3f60d8b5c4a7e912",
        "terms": {"price": {"amount": "0.00", "currency": "USD"}},
        "supersedes": None,
        "message": "",
        "reason": "",
        "created_at": "2026-08-28T14:02:11Z",
        "changed_at": "2026-08-29T09:30:45Z",
        "accepted_at": "2026-08-29T09:30:45Z",
        "ended_at": None,
    },
    "Use": {
        "cap_voters_month": 50000,
        "months": [{"month": "2026-10-01", "used": 18240}],
        "resets_at": "2026-12-01T00:00:00Z",
    },
    "State": {
        "code": "OH",
        "name": "Ohio",
        "fips": 39,
        "owner": {
            "id": "2b7c9a40-55d1-4e0e-8f4c-6a1f0c9d7e12",
            "name": "Ohio State Party",
        },
        "party_basis": "last_primary",
        "place_kinds": ["county", "us_house_district"],
        "opened_at": "2026-03-02T15:20:00Z",
        "freshness": {
            "file_date": "2026-10-24",
            "published_at": "2026-10-24T11:42:09Z",
            "publication": 31,
        },
    },
    "ReviewedPolicy": {
        "state": "OH",
        "purposes": ["election", "political"],
        "recipients": ["campaign", "national_committee"],
        "resharing": False,
        "attestation": "I will use the file for elections alone.",
        "citation": "Revised Code 3503.15",
        "count_threshold": 20,
        "count_answers_month": 500,
        "reviewed_at": "2026-02-11T10:00:00Z",
    },
    "GuardRails": {
        "state": "OH",
        "guards": [{"guard": "many_gone", "threshold": 0.05, "default": 0.1}],
    },
    "Mapping": {"layout": "oh-statewide", "columns": {"SURNAME": "LAST_NAME"}},
}
