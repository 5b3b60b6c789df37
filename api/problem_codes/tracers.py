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
        "tracers_sealed",
        "the tracers' secret was sealed under another SECRET_KEY",
        "Tell the operator to bring back the former key.",
    ),
)
