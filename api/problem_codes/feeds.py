"""Problems with streams of changes and webhooks."""

from typing import Final

from api.problem_codes.known import Known

FEEDS: Final = (
    Known(
        "restarting stream_renewed too_slow",
        "why a stream of changes ended",
        "Open it again with the last id that arrived: nothing is lost.",
    ),
    Known(
        "publication_moved_on difference_not_kept license_newer",
        "about what publications changed",
        "Ask for the newest publication, since one of the three before it; else read the voters whole.",
    ),
    Known(
        "webhook_url_invalid webhook_not_following too_many_webhooks",
        "about a webhook",
        "Give an https address, name a state that it follows, or remove a webhook first.",
    ),
    Known(
        "streams_full too_many_streams",
        "no further stream can be opened here now",
        "Close one of your own, or wait for Retry-After seconds; GET /v1/changes works meanwhile.",
    ),
)
