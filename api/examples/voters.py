"""Examples of voters, as licensees and owners see them."""

from typing import Final

_FRESHNESS: Final[dict[str, object]] = {
    "file_date": "2026-10-24",
    "published_at": "2026-10-24T11:42:09Z",
    "publication": 31,
}
_VOTER: Final = "OH-0f3c52a1b6d84c5e9d7a2f1e8b4c6d90"

VOTERS: Final[dict[str, object]] = {
    "Publications": {
        "results": [
            {
                "number": 31,
                "file_date": "2026-10-24",
                "published_at": "2026-10-24T11:42:09Z",
                "counties": None,
            },
            {
                "number": 30,
                "file_date": "2026-10-17",
                "published_at": "2026-10-17T11:39:51Z",
                "counties": [39049],
            },
        ],
        "next": None,
    },
    "VoterPage": {
        "results": [
            {
                "id": _VOTER,
                "state": "OH",
                "first_name": "PAT",
                "last_name": "EXAMPLE",
                "status": "active",
                "party": "N",
                "county": 39049,
                "res_address": "12 ELM ST",
                "res_city": "COLUMBUS",
                "elections": [
                    {
                        "date": "2024-11-05",
                        "type": "general",
                        "method": "mail",
                        "party": None,
                    }
                ],
                "divisions": {
                    "us_house_district": "ocd-division/country:us/state:oh/cd:3"
                },
                "denied_fields": ["phone", "email"],
                "freshness": {"OH": _FRESHNESS},
            }
        ],
        "next": None,
        "freshness": {"OH": _FRESHNESS},
    },
    "VotersPage": {
        "results": [
            {
                "id": _VOTER,
                "state": "OH",
                "first_name": "PAT",
                "last_name": "EXAMPLE",
                "denied_fields": ["phone", "email"],
            }
        ],
        "next": None,
        "not_licensed": [
            {
                "state": "NC",
                "code": "not_licensed",
                "missing": [
                    {
                        "state": "NC",
                        "field": None,
                        "group": "registration",
                        "action": "read",
                    }
                ],
            }
        ],
        "freshness": {"OH": _FRESHNESS},
    },
    "Holders": {
        "results": [
            {
                "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
                "name": "Campaign for Ohio Three",
                "exports": 2,
                "first_at": "2026-09-30T16:12:00Z",
                "last_at": "2026-10-21T08:44:31Z",
            }
        ]
    },
    "Suppressions": {
        "voter": _VOTER,
        "suppressions": [{"kind": "call", "day": "2026-10-18"}],
        "wrong_phones": ["+16145550142"],
    },
}
