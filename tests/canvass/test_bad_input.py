"""Whatever is sent, the answer is a verdict or a problem, never a fault of ours, and the inbox stays whole."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies as st

from coop.errors import Invalid
from states.canvass.actions import Outcome, push_contacts
from states.canvass.items import MEMBERS, parse_item
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, machine
from tests.cast import Cast, voter_uuid
from tests.feeds.test_reading import read

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["not_home", "walk", "call", "OH", "2026-11-01T10:00:00Z"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["state", "state_voter_id", "question", "response", "code", "applied"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
STORED = {
    "contact_type",
    "input_type",
    "result_code",
    "survey_responses",
    "activist_codes",
    "support",
    "suppressions",
    "opt_ins",
    "canvasser",
    "phone",
}
NOW = timezone.now()
BODIES = st.dictionaries(st.sampled_from(sorted(MEMBERS)), VALUES, max_size=6)


PATIENT = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PATIENT
@given(changed=BODIES)
def test_a_body_is_read_or_refused_with_faults(changed: dict[str, Any]) -> None:
    sent = body(voter_uuid("OH", 1000)) | changed
    try:
        stored, faults = parse_item(sent, now=NOW).body, []
    except Invalid as error:
        stored, faults = {}, list(error.faults)
    assert faults or set(stored) == STORED


@settings(PATIENT, max_examples=40)
@given(changed=st.lists(BODIES, min_size=1, max_size=4))
def test_a_call_of_odd_items_has_a_verdict_for_each(
    cast: Cast, changed: list[dict[str, Any]]
) -> None:
    voter = cast.places[1][0]
    items = [body(voter) | one for one in changed]
    pushed = push_contacts(items=items, by=machine(cast.outside_group))
    assert [verdict.index for verdict in pushed.verdicts] == list(range(len(items)))
    for verdict in pushed.verdicts:
        assert (verdict.contact is None) == (verdict.outcome is Outcome.REJECTED)
        assert bool(verdict.faults) == (verdict.outcome is Outcome.REJECTED)


def test_odd_addresses_are_problems(cast: Cast) -> None:
    client = client_of(cast.ohio)
    for address in (
        "/v1/contacts",
        "/v1/contacts?voter=x",
        "/v1/contacts?voter=ZZ-" + "0" * 32,
        "/v1/contacts?voter=OH-" + "0" * 32 + "&cursor=x",
        "/v1/contacts/ZZ-" + "0" * 32,
        "/v1/contacts/%00",
        "/v1/contacts/set-aside?state=ZZ",
        "/v1/contacts/set-aside",
        "/v1/receipts/" + "0" * 32,
        "/v1/changes?state=ZZ",
        "/v1/changes?state=OH&after=%F0%9F%92%A9",
        "/v1/suppressions?voter=ZZ-" + "0" * 32,
        "/v1/suppressions?voter=1",
        "/v1/suppression-assertions?state=ZZ",
        "/v1/survey-questions?cursor=x",
    ):
        status = client.get(address).status_code
        assert status in {200, 400, 404, 422}, (address, status)
    for address, sent in (
        ("/v1/suppressions/lift", {"state": "ZZ", "organization": "0" * 32}),
        ("/v1/suppression-assertions/OH-1/confirm", {}),
        ("/v1/contacts/x/replay", {}),
        ("/v1/survey-questions", {"responses": [5]}),
        ("/v1/activist-codes", []),
    ):
        status = client.post(address, sent, "json").status_code
        assert status in {400, 404, 422}, (address, status)


def test_a_reader_beyond_the_head_is_told_nothing(cast: Cast) -> None:
    page = read(cast.committee, position=10**12)
    assert (page.changes, page.position) == ([], 10**12)
