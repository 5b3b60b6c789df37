"""The resource /v1/credentials."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
