"""Changes encoded once: the same for all, bounded, and never a way round a reader's own scope."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import change_texts
from api.change_texts import ChangeTexts
from coop.actors import Action
from coop.db.scope import acting_as
from tests.canvass.pushes import body, push_and_apply
from tests.cast import Cast


def _numbers(texts: list[bytes]) -> list[str]:
    return [json.loads(text)["voter"] for text in texts]


def test_what_one_reader_had_read_costs_the_next_no_statement(cast: Cast) -> None:
    push_and_apply(cast.outside_group, *(body(one) for one in cast.places[1][:3]))
    texts = ChangeTexts()
    with acting_as(cast.committee, Action.READ):
        first = texts.of("OH", [1, 2, 3])
    with (
        acting_as(cast.campaign, Action.READ),
        CaptureQueriesContext(connection) as asked,
    ):
        assert texts.of("OH", [3, 1]) == [first[2], first[0]]
    assert len(asked) == 0


def test_a_number_that_the_scope_may_not_see_is_an_error_and_is_not_kept(
    cast: Cast,
) -> None:
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    texts = ChangeTexts()
    for _again in range(2):
        with acting_as(cast.stranger, Action.READ), pytest.raises(KeyError):
            texts.of("OH", [1])


def test_what_was_kept_longest_is_forgotten_and_read_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_texts, "MOST", 2)
    push_and_apply(cast.outside_group, *(body(one) for one in cast.places[1][:4]))
    texts = ChangeTexts()
    with acting_as(cast.committee, Action.READ):
        every = texts.of("OH", [1, 2, 3, 4])
        assert len(set(_numbers(every))) == 4
        assert texts.of("OH", [1, 3]) == [every[0], every[2]]
        assert len(texts._texts) <= 4
