"""Problems with tracers."""

from typing import Final

from api.problem_codes.known import Known

TRACERS: Final = (
    Known(
        "tracers_invalid",
        "about a set-up of tracers: points that are none, or numbers that cannot be",
        "Correct each fault that `errors` points at.",
    ),
    Known(
        "walk_too_large",
        "files for walking hold no tracers, so a state's party lets them have so many voters at most",
        "Split the list into turfs, or order the export by id.",
    ),
    Known(
        "leak_unreadable",
        "a file that was found is neither CSV, NDJSON nor Parquet, or is damaged",
        "Send it as text with a line a voter; save a spreadsheet as CSV first.",
    ),
    Known(
        "tracers_sealed",
        "the tracers' secret was sealed under another SECRET_KEY",
        "Tell the operator to bring back the former key.",
    ),
)
