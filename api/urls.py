"""Every address below /v1/, one module a resource, and the pages of problems."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from django.urls import URLPattern, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView

from api.metrics import urlpatterns as metrics_pages
from api.problem_pages import urlpatterns as problem_pages

RESOURCES: Final = (
    # Addresses are tried in this order, and this one is called most by far.
    "contacts",
    "me",
    "organizations",
    "members",
    "invitations",
    "credentials",
    "states",
    "grants",
    "files",
    "uploads",
    "imports",
    "guard_rails",
    "rollback",
    "tracers",
    "publications",
    "column_mappings",
    "leak_traces",
    "ballots",
    "score_sets",
    "score_uploads",
    "voters",
    "fields",
    "field_values",
    "criteria",
    "counts",
    "breakdowns",
    "samples",
    "lists",
    "list_sets",
    "list_shares",
    "overlaps",
    "pulls",
    "exports",
    "amendments",
    "unmatched",
    "contact_summaries",
    "contact_jobs",
    "changes",
    "webhooks",
    "suppressions",
    "suppression_bursts",
    "surveys",
    "ledger",
)

routes: list[URLPattern] = [
    route for name in RESOURCES for route in import_module(f"api.v1.{name}").urlpatterns
]

urlpatterns = [
    path("v1/", include(routes)),
    *problem_pages,
    *metrics_pages,
    path("v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("v1/docs", SpectacularRedocView.as_view(url_name="schema"), name="docs"),
]
