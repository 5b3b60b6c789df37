"""People log in by e-mail and password; owners and data managers with a second factor as well."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.events import Event
from coop.ledger.models import Entry
from coop.organizations.actions import invite_member
from coop.organizations.models import Organization, Person, Role
from coop.organizations.second_factors import PASSED
from tests.organizations.people import PASSWORD, founded, joined


def log_in(browser: Client, email: str, password: str = PASSWORD) -> Any:
    return browser.post(
        reverse("account_login"), {"login": email, "password": password}
    )


def code_for(secret: str) -> str:
    counter = next(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counter)))


def enroll_second_factor(browser: Client) -> str:
    """Enroll over the pages, which ask for the password again; returns the secret."""
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp"))
    secret = str(page.context["form"].secret)
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert answer.status_code == 302, answer.content
    return secret


def test_an_owner_without_a_second_factor_is_led_to_enrolling(
    browser: Client, owner: Actor
) -> None:
    answer = log_in(browser, "owner@example.org")

    assert answer.status_code == 302
    assert answer["Location"] == reverse("mfa_activate_totp")
    refused = browser.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "second_factor_required",
    )


def test_an_analyst_needs_none(
    browser: Client, owner: Actor, organization: Organization
) -> None:
    joined(owner, organization, "analyst@example.org", Role.ANALYST)

    answer = log_in(browser, "analyst@example.org")

    assert answer["Location"] == reverse("account_home")
    assert browser.get("/v1/me").json()["caller"]["kind"] == "person"


@pytest.mark.usefixtures("committed_db")
def test_enrolling_opens_the_api_and_the_next_log_in_asks_for_the_code(
    browser: Client,
) -> None:
    founded("Campaign for the Hill", "owner@example.org")
    log_in(browser, "owner@example.org")
    secret = enroll_second_factor(browser)
    assert browser.get("/v1/me").status_code == 200

    again = Client()
    asked = log_in(again, "owner@example.org")
    assert asked["Location"].startswith(reverse("mfa_authenticate"))
    assert again.get("/v1/me").status_code == 401
    wrong = again.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    Authenticator.objects.update(last_used_at=None)
    right = again.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert right.status_code == 302
    assert again.get("/v1/me").status_code == 200


@pytest.mark.usefixtures("owner")
def test_a_session_from_before_the_second_factor_gains_nothing_by_it(
    browser: Client,
) -> None:
    thief = Client()
    log_in(thief, "owner@example.org")
    log_in(browser, "owner@example.org")
    enroll_second_factor(browser)

    answer = thief.get("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (
        403,
        "second_factor_required",
    )


@pytest.mark.usefixtures("owner")
def test_the_secret_of_a_second_factor_is_sealed(browser: Client) -> None:
    log_in(browser, "owner@example.org")
    secret = enroll_second_factor(browser)

    stored = [str(one.data) for one in Authenticator.objects.all()]

    assert stored
    assert not [text for text in stored if secret in text]


@pytest.mark.usefixtures("owner")
def test_a_log_in_is_written_down(browser: Client, owner: Actor) -> None:
    log_in(browser, "owner@example.org")

    with acting_as(owner, Action.MANAGE):
        entry = Entry.objects.get(event="organizations:person:logged_in")
    assert entry.principal == owner.principal
    assert "example.org" not in str(vars(entry))


@pytest.mark.usefixtures("owner")
def test_failed_log_ins_are_throttled(browser: Client) -> None:
    for _attempt in range(5):
        assert log_in(browser, "owner@example.org", "wrong").status_code == 200

    locked = log_in(browser, "owner@example.org")

    assert locked.status_code == 200
    assert b"Too many failed login attempts" in locked.content


def test_nobody_signs_up_without_an_invitation(browser: Client, db: None) -> None:
    page = browser.get(reverse("account_signup"))
    posted = browser.post(
        reverse("account_signup"),
        {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert b"closed" in page.content.lower()
    assert posted.status_code == 200
    assert not Person.objects.filter(email="x@example.org").exists()


def test_an_invitation_makes_a_person_who_is_logged_in(
    browser: Client, owner: Actor
) -> None:
    _invitation, token = invite_member(
        email="new@example.org", role=Role.ANALYST, by=owner
    )
    address = reverse("invitation", args=[token])
    weak = {"name": "Rae Example", "password": "short", "password_again": "short"}
    good = {"name": "Rae Example", "password": PASSWORD, "password_again": PASSWORD}

    assert browser.get(address).status_code == 200
    assert browser.post(address, weak).status_code == 200
    assert not Person.objects.filter(email="new@example.org").exists()
    assert browser.post(address, good).status_code == 302
    assert browser.get("/v1/me").json()["caller"]["name"] == "Rae Example"
    assert Client().get(address).status_code == 410


def test_who_is_logged_in_accepts_for_themselves_alone(
    browser: Client, owner: Actor, organization: Organization
) -> None:
    _other, _outsider = founded("Another", "outsider@example.org")
    _invitation, token = invite_member(
        email="outsider@example.org", role=Role.VIEWER, by=owner
    )
    address = reverse("invitation", args=[token])
    log_in(browser, "owner@example.org")
    assert browser.post(address).status_code == 403

    guest = Client()
    log_in(guest, "outsider@example.org")
    assert guest.post(address).status_code == 302
    named = guest.get("/v1/me", headers={"X-Organization": str(organization.id)})
    unnamed = guest.get("/v1/me")
    assert named.json()["organization"]["name"] == organization.name
    assert unnamed.json()["code"] == "organization_required"


def test_a_session_needs_the_csrf_token_to_change_anything(
    owner: Actor, organization: Organization
) -> None:
    joined(owner, organization, "analyst@example.org", Role.ANALYST)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(Person.objects.get(email="analyst@example.org"))

    answer = browser.post("/v1/credentials", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_session_may_change_things_once_under_a_key(person: Person) -> None:
    Authenticator.objects.create(user=person, type="totp", data={})
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    session = browser.session
    session[PASSED] = True
    session.save()
    page = browser.get(reverse("account_logout"))
    headers = {
        "X-CSRFToken": page.cookies["csrftoken"].value,
        "Idempotency-Key": "once",
    }
    body = {
        "name": "Tool",
        "source": "tool",
        "permissions": ["voters:read"],
        "expires_at": (timezone.now() + timedelta(days=9)).isoformat(),
    }

    answers = [
        browser.post(
            "/v1/credentials", body, content_type="application/json", headers=headers
        )
        for _again in range(2)
    ]

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_a_member_of_nothing_and_a_stranger_to_an_organization_are_refused(
    browser: Client, owner: Actor, organization: Organization
) -> None:
    _other, outsider = founded("Another", "outsider@example.org")
    browser.force_login(Person.objects.get(id=outsider.principal))

    answer = browser.get("/v1/me", headers={"X-Organization": str(organization.id)})

    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")


@pytest.mark.usefixtures("owner")
def test_a_password_is_reset_by_mail(browser: Client) -> None:
    browser.post(reverse("account_reset_password"), {"email": "owner@example.org"})

    (message,) = mail.outbox
    link = re.search(r"/accounts/password/reset/key/\S+", str(message.body))
    assert link is not None
    page = browser.get(link.group(), follow=True)
    answer = browser.post(
        page.request["PATH_INFO"],
        {"password1": "another long walk", "password2": "another long walk"},
    )
    assert answer.status_code == 302
    assert log_in(Client(), "owner@example.org", "another long walk").status_code == 302


def test_an_unknown_address_is_answered_like_a_known_one(
    browser: Client, owner: Actor
) -> None:
    answers = [
        browser.post(reverse("account_reset_password"), {"email": email})
        for email in ("owner@example.org", "nobody@example.org")
    ]

    assert {(one.status_code, one["Location"]) for one in answers} == {
        (302, reverse("account_reset_password_done"))
    }


@pytest.mark.usefixtures("owner")
def test_the_account_page_says_what_is_missing(browser: Client) -> None:
    log_in(browser, "owner@example.org")

    page = browser.get(reverse("account_home"))

    assert b"Campaign for the Hill, as owner" in page.content
    assert b"needs a second factor" in page.content


@pytest.mark.usefixtures("owner")
def test_a_failed_log_in_is_written_down_without_the_address(browser: Client) -> None:
    with mock.patch("coop.console.adapter.record_stranger") as written:
        log_in(browser, "owner@example.org", "wrong")

    (call,) = written.mock_calls
    assert call.args == (Event.LOG_IN_FAILED,)
    assert call.kwargs["code"] == "password_wrong"
    assert "example.org" not in str(call)
