"""The resource /v1/fields."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
