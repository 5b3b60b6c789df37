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

LISTS: Final[dict[str, object]] = {
    "List": _LIST,
    "Split": {"seed": 7, "results": [_LIST]},
    "Export": {
        "id": "9d2b7e4c-1f35-4a86-b0c9-5e8d3a6f7124",
        "list": "5e8f1c3a-9b72-4d60-8a1e-6c4f2d7b9035",
        "columns": None,
        "format": "csv",
        "preset": "walk_list",
        "status": "complete",
        "rows": 41280,
        "fetches": 1,
        "reason": "",
        "created_at": "2026-10-26T17:21:00Z",
        "expires_at": "2026-10-27T17:21:00Z",
        "progress_at": "2026-10-26T17:21:07Z",
        "finished_at": "2026-10-26T17:21:07Z",
    },
}
