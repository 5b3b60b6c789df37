"""The page that a problem's `type` leads to: its code, what it means, what to do."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from api.problem_codes import KNOWN

TEXT: Final = "text/plain; charset=utf-8"


@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:  # noqa: ARG001 - Django fixes it
    """Answer with a few lines of text, for anyone; 404 for what is no code."""
    known = KNOWN.get(code)
    if known is None:
        raise Http404
    page = f"{code}\n\nMeaning: {known.meaning}.\n\nWhat to do: {known.remedy}\n"
    return HttpResponse(page, content_type=TEXT)


urlpatterns = [path("problems/<str:code>", problem_page, name="problem")]
