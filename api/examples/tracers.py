"""Examples of tracers, as their party sees them."""

from typing import Final

_EXPORT: Final[dict[str, object]] = {
    "export": "0d5c7c86-1f0e-4c58-9a58-3d2f1b7a9c10",
    "organization": "b1a6f3d2-0c47-4b8e-9d35-7e2c1f5a8b60",
    "tracers": 41,
    "first_at": "2026-10-30T16:20:11Z",
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
        "changed_at": "2026-10-01T12:00:00Z",
    },
    "TracedExport": _EXPORT,
    "TracedExports": {"results": [_EXPORT], "next": None},
}
