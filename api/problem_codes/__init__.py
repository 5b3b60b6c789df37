"""The registry of stable codes: what each problem means, and what to do about it.

One entry for codes of one kind. The pages at /problems/<code> show it, and the table in
docs/api.md is held to it by a test.
Each area of the API keeps its codes in a module of its own.
"""

from typing import Final

from api.problem_codes.canvass import CANVASS
from api.problem_codes.feeds import FEEDS
from api.problem_codes.files import FILES
from api.problem_codes.grants import GRANTS
from api.problem_codes.known import Known
from api.problem_codes.people import PEOPLE
from api.problem_codes.requests import REQUESTS
from api.problem_codes.targeting import TARGETING
from api.problem_codes.tracers import TRACERS

REGISTRY: Final = (
    *REQUESTS,
    *PEOPLE,
    *GRANTS,
    *FILES,
    *TARGETING,
    *CANVASS,
    *FEEDS,
    *TRACERS,
)

KNOWN: Final = {code: one for one in REGISTRY for code in one.codes.split()}
"""Each code with its entry."""

__all__ = ["KNOWN", "REGISTRY", "Known"]
