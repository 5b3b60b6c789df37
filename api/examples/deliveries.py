"""Examples of deliveries, imports and uploads of ballots."""

from typing import Final

_FILE: Final[dict[str, object]] = {
    "id": "f3b8d2c1-6a5e-4f07-9b1c-8d4e2a7f5c90",
    "name": "SWVF_1_22.txt.gz",
    "sha256": "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
    "size": 212400931,
    "packing": "gzip",
    "uploaded_at": "2026-10-24T11:05:12Z",
}
_GUARD: Final[dict[str, object]] = {
    "guard": "many_gone",
    "expected": 0.0,
    "found": 0.004,
    "shift": 0.004,
    "threshold": 0.05,
    "verdict": "passed",
    "about": "",
    "detail": "0.4 % of the published voters are gone.",
}
PROGRESS: Final[dict[str, object]] = {
    "phase": "reading",
    "rows_done": 3200000,
    "rows_total": 7910000,
    "rows_per_second": 61000,
    "seconds_left": 77,
    "phase_seconds": 54,
    "files_done": 41,
    "files_total": 88,
    "file": "SWVF.zip/FRANKLIN.txt",
    "seconds_by_phase": {},
}
IMPORT: Final[dict[str, object]] = {
    "id": "d9e3b6a2-7f18-4c5d-a0b4-3e6c8f1d2a57",
    "state": "OH",
    "delivery": "c0a1e5d7-2b49-4d3f-8e60-1f7b9c4a6d82",
    "file_date": "2026-10-24",
    "counties": None,
    "status": "reading",
    "progress": PROGRESS,
    "figures": {},
    "needs_review": [],
    "problem": None,
    "publication": None,
    "rolls_back_to": None,
    "requested_at": "2026-10-24T11:06:00Z",
    "finished_at": None,
}

DELIVERIES: Final[dict[str, object]] = {
    "Delivery": {
        "id": "c0a1e5d7-2b49-4d3f-8e60-1f7b9c4a6d82",
        "state": "OH",
        "file_date": "2026-10-24",
        "counties": None,
        "review": False,
        "vendor": "",
        "vendor_license": "",
        "opened_at": "2026-10-24T11:01:40Z",
        "files": [_FILE],
    },
    "Entered": {**_FILE, "repeated": False, "same_as": None},
    "Import": IMPORT,
    "Review": {
        "guards": [_GUARD],
        "kinds": {"new": 8120, "changed": 151300, "gone": 31650},
        "fields": {"res_address": 90412, "party": 1204},
        "needs_review": [
            {"code": "asked_for", "detail": "The delivery asks for review."}
        ],
        "reason": "",
    },
    "BallotsUpload": {
        "id": "a47e0c9b-5d23-4f86-b1e7-9c2d6f3a8054",
        "state": "OH",
        "election": "2026-11-03 general",
        "mode": "difference",
        "status": "applied",
        "lines": 184200,
        "lines_total": 184200,
        "lines_per_second": None,
        "seconds_left": None,
        "faulty": 3,
        "figures": {"returned": 150012, "accepted": 34185},
        "reason": "",
        "started_at": "2026-10-30T06:00:02Z",
        "finished_at": "2026-10-30T06:00:09Z",
    },
    "LineFault": {
        "line": 1702,
        "code": "date_in_future",
        "detail": "The day is in the future; write the step's own day.",
    },
}
