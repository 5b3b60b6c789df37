"""Examples of tracers, as their party sees them."""

from typing import Final

_EXPORT: Final[dict[str, object]] = {
    "export": "0d5c7c86-1f0e-4c58-9a58-3d2f1b7a9c10",
    "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
    "tracers": 41,
    "first_at": "2026-10-30T16:20:11Z",
}

_ALARM: Final[dict[str, object]] = {
    "id": "2f1b7a9c-1f0e-4c58-9a58-3d0d5c7c8610",
    "tracer": "6f1e0c4e-8a3e-4a0e-9f5e-2b7c1d9e8a11",
    "organization": "9d35b1a6-0c47-4b8e-8b60-7e2c1f5a8f3d",
    "source": "dialer",
    "way": "phone",
    "exports": ["0d5c7c86-1f0e-4c58-9a58-3d2f1b7a9c10"],
    "licensees": ["b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60"],
    "by_licensee": False,
    "said_at": "2026-11-02T18:04:40Z",
    "noticed_at": "2026-11-02T18:04:44Z",
}
_TRACE: Final[dict[str, object]] = {
    "id": "5c5e9b01-4f0f-4c5a-a7e0-7b1e4f60a8d2",
    "state": "OH",
    "status": "tracing",
    "problem": "",
    "size": 911_422_020,
    "rows_read": 400_000,
    "asked_at": "2026-11-20T10:05:00Z",
    "finished_at": None,
    "found": None,
}

TRACERS: Final[dict[str, object]] = {
    "TracersSet": {
        "state": "OH",
        "addresses": [
            {
                "line1": "880 LAKE AVE",
                "city": "CLEVELAND",
                "zip5": "44114",
                "county": 39035,
                "units": ["APT 4", "APT 5"],
            }
        ],
        "phones": ["+16145550131"],
        "emails": ["@mail.ohioparty.example.org"],
        "share": 0.001,
        "least": 8,
        "most": 400,
        "walk_voters": 5000,
        "changed_at": "2026-10-01T12:00:00Z",
    },
    "TracedExport": _EXPORT,
    "TracedExports": {"results": [_EXPORT], "next": None},
    "TracerAlarms": {"results": [_ALARM], "next": None},
    "LeakTraces": {"results": [_TRACE], "next": None},
}
