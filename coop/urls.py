"""Every address of the service: the composition root, imported by nothing."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from coop import health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("coop.console.urls")),
]
if find_spec("api") and find_spec("api.urls"):
    urlpatterns.append(path("", include("api.urls")))

handler400 = "api.problems.bad_request"
handler404 = "api.problems.page_not_found"
handler500 = "api.problems.server_error"
