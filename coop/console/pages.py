"""The pages around log-in that allauth does not have: an invitation, and one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from coop.actors import NOBODY, Actor, PrincipalKind
from coop.console.adapter import actor_of
from coop.errors import Conflict, Gone
from coop.organizations.access import invited_address, memberships
from coop.organizations.actions import accept_invitation, enroll_person
from coop.organizations.models import Person
from coop.organizations.queries import names_of
from coop.organizations.second_factors import must_enroll
from coop.request_log import request_id_of


class EnrollForm(forms.Form):
    """What an invited person gives: a name and a password, typed twice."""

    name = forms.CharField(max_length=120, strip=True)
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    password_again = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        """Return the password, if it is good enough for this person."""
        password = str(self.cleaned_data["password"])
        name = self.cleaned_data.get("name", "")
        validate_password(password, Person(email=self.email, name=name))
        return password

    def clean(self) -> dict[str, Any]:
        """Check that the password was typed the same twice."""
        values = dict(super().clean() or {})
        if values.get("password") != values.get("password_again"):
            self.add_error("password_again", "The passwords differ.")
        return values


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; accept it as whoever is logged in, or as the new person it makes."""
    try:
        email = invited_address(token)
        if isinstance(request.user, Person):
            return _join(request, request.user, token, email)
        return _enroll(request, token, email)
    except Gone:
        return render(request, "console/invitation_over.html", status=410)


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show a person who they are here, and where to change it."""
    person = request.user
    assert isinstance(person, Person)
    held = memberships(person.id)
    names = names_of(
        [organization for organization, _role in held], actor_of(person, request)
    )
    shown = [
        {"id": organization, "name": names[organization], "role": role}
        for organization, role in held
    ]
    must = must_enroll(person, [role for _organization, role in held])
    return render(
        request, "console/account.html", {"memberships": shown, "must_enroll": must}
    )


def _join(request: HttpRequest, person: Person, token: str, email: str) -> HttpResponse:
    if person.email.lower() != email.lower():
        return render(request, "console/invitation_of_another.html", status=403)
    if request.method == "POST":
        accept_invitation(token=token, person=person, by=actor_of(person, request))
        return redirect("account_home")
    return render(request, "console/invitation.html", {"email": email})


def _enroll(request: HttpRequest, token: str, email: str) -> HttpResponse:
    form = EnrollForm(request.POST if request.method == "POST" else None, email=email)
    if request.method == "POST" and form.is_valid():
        try:
            person = _enrolled(request, token, form)
        except Conflict:
            return _to_log_in(request)
        answer: HttpResponse = perform_login(request, person, email=email)
        return answer
    return render(request, "console/invitation.html", {"email": email, "form": form})


def _enrolled(request: HttpRequest, token: str, form: EnrollForm) -> Person:
    nobody = Actor(
        NOBODY, NOBODY, PrincipalKind.PERSON, request_id=request_id_of(request)
    )
    return enroll_person(
        token=token,
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
        by=nobody,
    )


def _to_log_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send a person who has an account to log in, and back here."""
    return HttpResponseRedirect(f"{reverse('account_login')}?next={request.path}")
