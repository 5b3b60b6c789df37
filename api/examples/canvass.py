"""Examples of contacts, their receipts, surveys and suppressions."""

from typing import Final

_CONTACT_ID: Final = "OH-4b7e91c2d05f4a638c1e9d2a7f60b385"
_VOTER: Final = "OH-0f3c52a1b6d84c5e9d7a2f1e8b4c6d90"
_RECEIPT: Final = "e5a80b4d-7c39-4126-9f0e-2d6b1c8a5f74"
_QUESTION: Final = "1f6d3b9a-8e42-4c75-b0a8-5d9e2c7f4136"
_ANSWER: Final = "6c0e8a2f-5b17-4d93-a4f6-8e1d7b3c9250"
_CONTACT: Final[dict[str, object]] = {
    "id": _CONTACT_ID,
    "status": "applied",
    "voter": _VOTER,
    "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
    "contact_type": "walk",
    "input_type": "mobile",
    "result_code": "canvassed",
    "support": 2,
    "occurred_at": "2026-10-31T19:04:05Z",
    "received_at": "2026-10-31T19:04:06Z",
    "applied_at": "2026-10-31T19:04:06Z",
    "pooled": True,
    "corrected_at": None,
    "retracted_at": None,
    "kind": "contact",
    "amends": None,
    "error": "",
    "event_id": "walk-7-door-112",
    "source": "walk-app",
    "canvasser": "vol-31",
    "phone": None,
    "survey_responses": [],
    "activist_codes": [],
}

CANVASS: Final[dict[str, object]] = {
    "Contact": _CONTACT,
    "ContactPage": {"results": [_CONTACT], "next": None, "freshness": {}},
    "Amendment": {
        "id": "OH-8d2f6c0a4b1e4937a5d8c3e7f9b06124",
        "event_id": "fix-112",
        "contact": _CONTACT_ID,
        "verdict": "accepted",
        "receipt": _RECEIPT,
    },
    "Version": {
        "id": _CONTACT_ID,
        "kind": "contact",
        "event_id": "walk-7-door-112",
        "occurred_at": "2026-10-31T19:04:05Z",
        "received_at": "2026-10-31T19:04:06Z",
        "contact_type": "walk",
        "result_code": "canvassed",
        "support": 2,
        "survey_responses": [],
        "activist_codes": [],
    },
    "VerdictLine": {
        "line": 1,
        "event_id": "walk-7-door-112",
        "verdict": "accepted",
        "id": _CONTACT_ID,
        "errors": [],
        "receipt": _RECEIPT,
    },
    "Receipt": {
        "id": _RECEIPT,
        "received_at": "2026-10-31T19:04:06Z",
        "accepted": 1,
        "duplicate": 0,
        "rejected": 1,
        "rejections": [{"index": 1, "codes": ["time_in_future"]}],
        "results": [
            {
                "id": _CONTACT_ID,
                "event_id": "walk-7-door-112",
                "status": "applied",
                "error": None,
            }
        ],
    },
    "SurveyQuestion": {
        "id": _QUESTION,
        "type": "Candidate",
        "cycle": 2026,
        "name": "Governor",
        "medium_name": "Governor",
        "short_name": "Gov",
        "script_question": "Whom will you vote for as governor?",
        "status": "active",
        "responses": [
            {
                "id": _ANSWER,
                "name": "Our candidate",
                "medium_name": "Ours",
                "short_name": "O",
                "support": 1,
            }
        ],
    },
    "ActivistCode": {
        "id": "0b5d9f3e-2a68-4c17-8e94-7f1c6d3a2b85",
        "type": "Volunteer",
        "name": "Yard sign",
        "medium_name": "Yard sign",
        "short_name": "YS",
        "description": "Wants a yard sign.",
        "status": "active",
    },
    "Assertion": {
        "id": "OH-7a1f4e8c2d5b4063b9e6d0c3a8f5172e",
        "voter": _VOTER,
        "kind": "deceased",
        "opted_in": False,
        "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
        "source": "walk-app",
        "occurred_at": "2026-10-31T18:40:00Z",
        "asserted_at": "2026-10-31T18:40:02Z",
        "confirmed_at": None,
        "lifted_at": None,
    },
    "Burst": {
        "state": "OH",
        "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
        "source": "walk-app",
        "kind": "deceased",
        "since": "2026-10-31T18:00:00Z",
        "assertions": 412,
        "noticed_at": "2026-10-31T18:12:31Z",
    },
    "Lifted": {"lifted": 3},
    "Words": {
        "contact_types": [{"id": 2, "name": "walk", "title": "Walk"}],
        "input_types": [{"id": 14, "name": "mobile", "title": "Mobile"}],
        "result_codes": [{"id": 1, "name": "not_home", "title": "Not Home"}],
    },
}
