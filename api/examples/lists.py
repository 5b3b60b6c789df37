"""Examples of saved lists and exports."""

from typing import Final

_LIST: Final[dict[str, object]] = {
    "id": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
    "name": "Independents who vote early",
    "kind": "pinned",
    "criteria": {"field": "party", "op": "eq", "value": "N"},
    "states": ["OH"],
    "exclude_lists": [],
    "as_of": "2026-10-26",
    "counts": {"OH": 41280},
    "created_at": "2026-10-26T17:20:08Z",
}

_SHARE: Final[dict[str, object]] = {
    "id": "6b1d4f60-a8d2-4c4e-96b8-f012340f3c5a",
    "list": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
    "organization": "7a1e4f60-a8d2-4c4e-96b8-f012340f3c5a",
    "member": None,
    "shared_by": "c3a7e9b1-d4f6-4a08-9d2c-4e6b8f012345",
    "shared_at": "2026-10-26T18:00:00Z",
}
_PULL: Final[dict[str, object]] = {
    "id": "3c5a7e9b-1d4f-4a60-88d2-c4e6b8f01234",
    "list": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
    "puller": "dialer",
    "number": 2,
    "pulled_at": "2026-10-27T06:00:00Z",
    "count": 41271,
    "joined": 3,
    "left": 12,
    "states": [{"state": "OH", "count": 41271, "joined": 3, "left": 12}],
}
_EXPORT: Final[dict[str, object]] = {
    "id": "9d2b7e4c-1f35-4a86-b0c9-5e8d3a6f7124",
    "list": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
    "columns": None,
    "format": "csv",
    "preset": "walk_list",
    "order": "walk",
    "prepare": False,
    "status": "complete",
    "rows": 41280,
    "of_rows": None,
    "seconds_left": None,
    "fetches": 1,
    "reason": "",
    "created_at": "2026-10-26T17:21:00Z",
    "expires_at": "2026-10-27T17:21:00Z",
    "progress_at": "2026-10-26T17:21:07Z",
    "finished_at": "2026-10-26T17:21:07Z",
}

LISTS: Final[dict[str, object]] = {
    "List": _LIST,
    "ListShare": _SHARE,
    "ListShares": {"results": [_SHARE]},
    "SharedLists": {
        "results": [
            {
                "id": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
                "name": "Independents who vote early",
                "kind": "live",
                "criteria": {
                    "all": [
                        {"field": "party", "op": "eq", "value": "N"},
                        {"not": {"list": "9b1d4f60-a8d2-44e6-b8f0-12340f3c5a7e"}},
                    ]
                },
                "exclude_lists": [],
                "states": ["OH"],
                "as_of": None,
                "shared_by": {
                    "id": "2f6d8b1e-7c43-4e95-9a0d-8b3f5c7e1246",
                    "name": "Campaign for Ohio Three",
                },
                "shared_at": "2026-10-26T18:00:00Z",
            }
        ]
    },
    "Pull": _PULL,
    "Pulls": {"results": [_PULL]},
    "LeftPage": {
        "results": [{"id": "OH-4d1f6b0a8c2e4f7391b5d8e6a7c3f205", "state": "OH"}],
        "next": None,
    },
    "Split": {"seed": 7, "results": [_LIST]},
    "Export": _EXPORT,
    "Ordered": {
        **_EXPORT,
        "prepare": True,
        "status": "queued",
        "rows": 0,
        "fetches": 0,
        "progress_at": None,
        "finished_at": None,
        "link": "https://coop.example.org/v1/downloads/Yk2…",
    },
}
