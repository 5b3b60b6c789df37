"""What answers look like: one example for each named shape of the API's answers.

The OpenAPI document shows them with every operation that answers such a shape; a guard
holds each to its schema. All people and organizations in them are invented.
"""

from typing import Final

from api.examples.canvass import CANVASS
from api.examples.deliveries import DELIVERIES
from api.examples.grants import GRANTS
from api.examples.lists import LISTS
from api.examples.tracers import TRACERS
from api.examples.voters import VOTERS
from api.examples.webhooks import WEBHOOKS

EXAMPLES: Final[dict[str, object]] = {
    **CANVASS,
    **DELIVERIES,
    **GRANTS,
    **LISTS,
    **TRACERS,
    **VOTERS,
    **WEBHOOKS,
}

__all__ = ["EXAMPLES"]
