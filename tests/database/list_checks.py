"""Attacks on lists and exports that Python's checks stop: tests/database/checks.py names the checks."""

from __future__ import annotations

from coop.actors import Action
from coop.db.scope import acting_as
from states.lists import access as list_access
from states.lists.actions import Draft, save_list
from states.lists.chunks import first_chunk
from states.lists.downloads import Link, start_download
from states.lists.exports import order_export
from states.lists.models import Kind, ListGroupObjectPermission
from states.lists.reading import Paging, read_list
from states.lists.shares import share_list
from tests.cast import Cast, grant
from tests.grants.conftest import ClientOf


def list_without_a_license(cast: Cast, client_of: ClientOf) -> bool:
    saved = save_list(draft=Draft("Mine", Kind.PINNED, None, ["OH"]), by=cast.stranger)
    return bool(saved.counts["OH"] > 0)


def read_a_list_of_others(cast: Cast, client_of: ClientOf) -> bool:
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=cast.campaign)
    with acting_as(cast.rival, Action.READ):
        return bool(list_access.get_list(saved.id, by=cast.rival))


def read_a_list_not_shared(cast: Cast, client_of: ClientOf) -> bool:
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=cast.committee)
    page = read_list(
        list_id=saved.id, names=None, paging=Paging(None, 9), by=cast.rival
    )
    return bool(page.voters)


def read_what_guardian_does_not_permit(cast: Cast, client_of: ClientOf) -> bool:
    draft = Draft("Mine", Kind.PINNED, None, ["OH"])
    saved = save_list(draft=draft, by=cast.committee)
    share_list(
        list_id=saved.id, organization=cast.rival.organization, by=cast.committee
    )
    with acting_as(cast.committee, Action.MANAGE):
        ListGroupObjectPermission.objects.filter(content_object=saved.id).delete()
    page = read_list(
        list_id=saved.id, names=None, paging=Paging(None, 9), by=cast.rival
    )
    return bool(page.voters)


def share_beyond_the_receivers_license(cast: Cast, client_of: ClientOf) -> bool:
    criteria = {"field": "age", "op": "gt", "value": 30}
    draft = Draft("Mine", Kind.LIVE, criteria, ["OH"])
    saved = save_list(draft=draft, by=cast.committee)
    share_list(
        list_id=saved.id,
        organization=cast.outside_group.organization,
        by=cast.committee,
    )
    page = read_list(
        list_id=saved.id, names=None, paging=Paging(None, 9), by=cast.outside_group
    )
    return bool(page.voters)


def share_what_rests_on_the_unshared(cast: Cast, client_of: ClientOf) -> bool:
    inner = save_list(
        draft=Draft("Inner", Kind.PINNED, None, ["OH"]), by=cast.committee
    )
    criteria = {"list": str(inner.id)}
    draft = Draft("Outer", Kind.LIVE, criteria, ["OH"])
    saved = save_list(draft=draft, by=cast.committee)
    share_list(
        list_id=saved.id, organization=cast.rival.organization, by=cast.committee
    )
    page = read_list(
        list_id=saved.id, names=None, paging=Paging(None, 9), by=cast.rival
    )
    return bool(page.voters)


def ask_about_a_list_not_shared(cast: Cast, client_of: ClientOf) -> bool:
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=cast.committee)
    body = {"criteria": {"list": str(saved.id)}, "states": ["OH"]}
    answer = client_of(cast.rival).post("/v1/counts", body, format="json")
    return answer.status_code == 200 and bool(answer.json()["count"])


def fetch_an_export_of_others(cast: Cast, client_of: ClientOf) -> bool:
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=cast.campaign)
    made = order_export(list_id=saved.id, columns=None, by=cast.campaign).export
    with acting_as(cast.rival, Action.EXPORT):
        return bool(list_access.get_export(made.id, by=cast.rival))


def order_an_unlicensed_column(cast: Cast, client_of: ClientOf) -> bool:
    terms_ = {"actions": ["read", "export"], "groups": ["registration"]}
    grant("OH", cast.ohio, cast.stranger, **terms_)
    saved = save_list(draft=Draft("Mine", Kind.PINNED), by=cast.stranger)
    made = order_export(list_id=saved.id, columns=["phone"], by=cast.stranger)
    chunk = first_chunk(start_download(Link(cast.stranger, made.export.id)))
    return b"+1614555" in chunk.body
