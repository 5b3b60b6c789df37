"""Ordering exports: refused by name, unknown to others, never by a test credential."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.organizations.models import Organization
from tests.api.conftest import client_with, make_key
from tests.cast import Cast, grant
from tests.lists.test_exports import order
from tests.lists.test_lists import save

ClientOf = Callable[..., APIClient]


def test_ordering_is_refused_by_name(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    for body, code in (
        ({"list": saved["id"], "columns": []}, "invalid"),
        ({"list": saved["id"], "columns": ["fone"]}, "unknown_field"),
        ({"list": saved["id"], "columns": ["voted"]}, "unknown_field"),
        ({"list": saved["id"], "hours": 0}, "invalid"),
        ({"list": saved["id"], "format": "xls"}, "invalid"),
        ({"list": "7"}, "invalid"),
    ):
        answer = client.post("/v1/exports", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    missing = client.post("/v1/exports", {"list": str(uuid4())}, format="json")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_an_unlicensed_column_or_action_is_refused(
    cast: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read", "export"], "groups": ["registration"]}
    grant("OH", cast.ohio, cast.stranger, **terms)
    client = client_of(cast.stranger)
    body = {"list": save(client)["id"], "columns": ["party", "phone"]}
    refused = client.post("/v1/exports", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "field_not_licensed")
    assert refused.json()["missing"] == [
        {
            "state": "OH",
            "field": "phone",
            "group": "contact_details",
            "action": "export",
        }
    ]
    reader = client_of(cast.outside_group)
    body = {"list": save(reader)["id"]}
    refused = reader.post("/v1/exports", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "state_not_licensed")


def test_a_test_credential_downloads_no_data(cast: Cast, client_of: ClientOf) -> None:
    saved = save(client_of(cast.campaign))
    with acting_as(cast.campaign, Action.MANAGE):
        campaign = Organization.objects.get(id=cast.campaign.organization)
    client = client_with(make_key(campaign, test=True))
    refused = client.post("/v1/exports", {"list": saved["id"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "test_credential")


def test_another_organizations_export_is_no_export(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    assert "link" not in client.get(f"/v1/exports/{ordered['id']}").json()
    (listed,) = client.get("/v1/exports").json()["results"]
    assert listed["id"] == ordered["id"]
    for one in (cast.ohio, cast.rival, cast.stranger):
        other = client_of(one)
        assert other.get(f"/v1/exports/{ordered['id']}").status_code == 404
        assert other.post(f"/v1/exports/{ordered['id']}/revoke").status_code == 404
        assert other.get("/v1/exports").json()["results"] == []
        body = {"list": ordered["list"]}
        assert other.post("/v1/exports", body, format="json").status_code == 404
