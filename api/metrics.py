"""The pages of figures for the operator: Prometheus metrics, and what waits, as JSON.

Behind a token of its own (`METRICS_TOKEN`); without one set, both are there for developers
alone, and otherwise not at all. Figures tell of the whole service, of no organization.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from states.canvass.gauges import inbox_gauges
from states.imports.gauges import import_gauges
from states.webhooks.gauges import webhook_gauges

PROCESSES_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where web processes leave their counters for each other; gunicorn.conf.py makes it."""


class WorkCollector(Collector):
    """Reads from the database what waits, each time that it is asked."""

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of the inbox, the imports and the webhooks."""
        inbox = inbox_gauges()
        for name, told, value in (
            ("inbox_queued", "Contacts that wait to be applied.", inbox.queued),
            (
                "inbox_oldest_seconds",
                "How long the oldest contact has waited.",
                inbox.oldest_seconds,
            ),
            (
                "inbox_set_aside",
                "Contacts set aside for their organizations to look at.",
                inbox.set_aside,
            ),
            (
                "apply_lag_mean_seconds",
                "From receipt to applied: mean of the newest thousand in five minutes.",
                inbox.mean_lag_seconds,
            ),
            (
                "apply_lag_worst_seconds",
                "From receipt to applied: worst of the newest thousand in five minutes.",
                inbox.worst_lag_seconds,
            ),
        ):
            yield GaugeMetricFamily(f"coop_{name}", told, value=value)
        yield from _of_imports()
        yield from _of_webhooks()


def _of_imports() -> Iterator[Metric]:
    count = GaugeMetricFamily(
        "coop_imports", "Imports that are not over, by status.", labels=["status"]
    )
    oldest = GaugeMetricFamily(
        "coop_imports_oldest_seconds",
        "Since the oldest import of a status was ordered.",
        labels=["status"],
    )
    for status, (imports, seconds) in import_gauges().items():
        count.add_metric([status], imports)
        oldest.add_metric([status], seconds)
    yield from (count, oldest)


def _of_webhooks() -> Iterator[Metric]:
    due, late = webhook_gauges()
    yield GaugeMetricFamily("coop_webhooks_due", "Messages that are due.", value=due)
    yield GaugeMetricFamily(
        "coop_webhooks_late_seconds", "How late the oldest due message is.", value=late
    )


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer all figures in the text format of Prometheus; 404 for whoever lacks the token."""
    _check_operator(request)
    work = CollectorRegistry(auto_describe=False)
    work.register(WorkCollector())
    text = generate_latest(_of_processes()) + generate_latest(work)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def queues(request: HttpRequest) -> JsonResponse:
    """Answer what waits as JSON; 404 for whoever lacks the token."""
    _check_operator(request)
    inbox, (due, late) = inbox_gauges(), webhook_gauges()
    return JsonResponse(
        {
            "inbox": {
                "queued": inbox.queued,
                "oldest_seconds": round(inbox.oldest_seconds, 3),
                "set_aside": inbox.set_aside,
                "apply_lag_seconds": round(inbox.mean_lag_seconds, 3),
            },
            "imports": {status: one[0] for status, one in import_gauges().items()},
            "webhooks": {"due": due, "late_seconds": round(late, 3)},
        }
    )


def _of_processes() -> CollectorRegistry:
    """Return the counters of all web processes, or of this one where it is alone."""
    if not os.environ.get(PROCESSES_FOLDER):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _check_operator(request: HttpRequest) -> None:
    token = settings.METRICS_TOKEN
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(offered.encode(), token.encode()):
        return
    if token or not settings.DEBUG:
        raise Http404


urlpatterns = [
    path("metrics", metrics, name="metrics"),
    path("health/queues", queues, name="health-queues"),
]
