"""The addresses of the web pages for people."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from coop.console import pages

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="account_home"), name="home"),
    path("accounts/", pages.account, name="account_home"),
    path("accounts/invitations/<str:token>", pages.invitation, name="invitation"),
    path("accounts/", include("allauth.urls")),
]
