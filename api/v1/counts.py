"""The resource /v1/counts."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
