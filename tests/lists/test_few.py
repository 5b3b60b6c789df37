"""Exports of few voters, who are looked up: the same lines, judged anew chunk by chunk as those of many."""

from __future__ import annotations

import pytest

from coop.errors import Denied
from states.lists import chunks, ordering
from states.targeting import narrowing
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.lists.test_orders import begin, hide, lines_of, revoke
from tests.targeting.test_bitmaps import build


@pytest.fixture(autouse=True)
def _few(
    committed_db: CommittedDatabase,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    small_chunks: None,
) -> None:
    monkeypatch.setattr(ordering, "BLOCK", 7)
    monkeypatch.setattr(chunks, "BLOCK", 7)
    build(cast)


def test_few_come_by_id_as_many_do(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    download = begin(cast.campaign, "id")
    found = lines_of(download)
    assert download.laid["OH"].voters == len(found) == 80
    assert found == sorted(found, key=lambda one: one["id"])
    monkeypatch.setattr(narrowing, "ALWAYS", 0)
    gone_through = begin(cast.campaign, "id")
    assert lines_of(gone_through) == found
    assert gone_through.laid == {}


def test_a_revoked_grant_cuts_a_download_of_few(cast: Cast) -> None:
    download = begin(cast.campaign, "id")
    chunk = chunks.first_chunk(download)
    assert chunk.after is not None
    assert len(chunk.body.splitlines()) == 1 + 14
    revoke(cast)
    with pytest.raises(Denied, match="state_not_licensed"):
        chunks.next_chunk(download, chunk.after)


def test_who_is_protected_since_does_not_come_out_of_few(cast: Cast) -> None:
    everyone = lines_of(begin(cast.campaign, "id"))
    download = begin(cast.campaign, "id")
    chunk = chunks.first_chunk(download)
    hide([everyone[-1]["id"]])
    assert lines_of(download, chunk) == everyone[:-1]
