"""/v1/contact-jobs: large files of contacts, uploaded in parts and worked through in the background."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import transaction
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.parsers import unpacked_chunks
from api.serializers import PageQuerySerializer, StrictSerializer
from api.v1.contact_job_results import results
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.scoped_task import ring
from states.canvass.job_models import ContactJob, JobFormat, JobStatus
from states.canvass.jobs import abort_job, add_part, close_job, get_job, open_job
from states.canvass.tasks import run_contact_jobs

CURSOR: Final = "contact-jobs"


class NewJobSerializer(StrictSerializer):
    """How the rows will be written."""

    format = serializers.ChoiceField(JobFormat.choices)


class JobStepSerializer(StrictSerializer):
    """What is to become of a job."""

    status = serializers.ChoiceField(
        [JobStatus.UPLOAD_COMPLETE.value, JobStatus.ABORTED.value]
    )


class ContactJobSerializer(serializers.Serializer[Any]):
    """A job: how far it is, and what became of its rows."""

    id = serializers.UUIDField()
    format = serializers.ChoiceField(JobFormat.choices)
    status = serializers.ChoiceField(JobStatus.choices)
    total = serializers.IntegerField(allow_null=True, help_text="Rows, once counted.")
    done = serializers.IntegerField()
    successful = serializers.IntegerField()
    failed = serializers.IntegerField()
    seconds_left = serializers.IntegerField(
        allow_null=True, help_text="At the pace so far."
    )
    error = serializers.CharField(help_text="Why the job failed: a code.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ContactJobPageSerializer(serializers.Serializer[Any]):
    """A page of jobs, the newest first."""

    results = ContactJobSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class JobPartSerializer(serializers.Serializer[Any]):
    """A part that was kept."""

    number = serializers.IntegerField()
    bytes = serializers.IntegerField()


class JobsView(CoopView):
    """Jobs."""

    needs: ClassVar = {
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
        "POST": Need(Permission.CONTACTS_WRITE, Action.MANAGE),
    }

    @extend_schema(
        operation_id="contact_jobs",
        parameters=[PageQuerySerializer],
        responses=ContactJobPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List your organization's jobs of the last week, the newest first."""
        asked = self.query(PageQuerySerializer)
        found = ContactJob.objects.order_by("-created_at", "-id")
        if cursor := asked.get("cursor"):
            at, job = open_cursor(request.actor, CURSOR, cursor)
            before = parse_datetime(at) or timezone.now()
            found = found.filter(created_at__lte=before).exclude(
                created_at=before, id__gte=UUID(job)
            )
        limit = asked["limit"]
        shown, following = page(
            request.actor,
            CURSOR,
            list(found[: limit + 1]),
            limit,
            lambda row: [row.created_at.isoformat(), row.id],
        )
        return Response({"results": [_shown(row) for row in shown], "next": following})

    @extend_schema(
        operation_id="contact_job_open",
        request=NewJobSerializer,
        responses={201: ContactJobSerializer},
        examples=[OpenApiExample("CSV", {"format": "csv"}, request_only=True)],
    )
    def post(self, request: CoopRequest) -> Response:
        """Open a job; then send its rows as parts, and set its status to UploadComplete."""
        asked = self.body(NewJobSerializer)
        return Response(
            _shown(open_job(form=asked["format"], by=request.actor)), status=201
        )


class JobView(CoopView):
    """One job."""

    needs: ClassVar = {
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
        "PATCH": Need(Permission.CONTACTS_WRITE, Action.MANAGE),
    }

    @extend_schema(operation_id="contact_job", responses=ContactJobSerializer)
    def get(self, request: CoopRequest, job: UUID) -> Response:
        """Tell how far a job is."""
        return Response(_shown(get_job(job)))

    @extend_schema(
        operation_id="contact_job_step",
        request=JobStepSerializer,
        responses=ContactJobSerializer,
        examples=[
            OpenApiExample(
                "All parts are there", {"status": "UploadComplete"}, request_only=True
            )
        ],
    )
    def patch(self, request: CoopRequest, job: UUID) -> Response:
        """Let an open job be worked on (UploadComplete), or end one at any time (Aborted)."""
        if self.body(JobStepSerializer)["status"] == JobStatus.ABORTED:
            return Response(_shown(abort_job(job=job, by=request.actor)))
        closed = close_job(job=job, by=request.actor)
        transaction.on_commit(lambda: ring(run_contact_jobs))
        return Response(_shown(closed))


class PartView(CoopView):
    """One part of a job's rows."""

    needs: ClassVar = {
        "PUT": Need(Permission.CONTACTS_WRITE, None, writes=False, once=False)
    }

    @extend_schema(
        operation_id="contact_job_part",
        request={
            "text/csv": OpenApiTypes.BINARY,
            "application/x-ndjson": OpenApiTypes.BINARY,
        },
        responses={201: JobPartSerializer},
    )
    def put(self, request: CoopRequest, job: UUID, number: str) -> Response:
        """Send a part as the raw body. Parts are put together by number; one file may be part 1.

        The same number again replaces what it held, so that a cut part is sent anew. With
        `Content-Encoding: gzip` each part is a gzip of its own.
        """
        asked = int(number) if number.isascii() and number.isdigit() else 0
        size = add_part(
            job=job, number=asked, chunks=unpacked_chunks(request), by=request.actor
        )
        return Response({"number": asked, "bytes": size}, status=201)


def _shown(job: ContactJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "format": job.format,
        "status": job.status,
        "total": job.total,
        "done": job.done,
        "successful": job.successful,
        "failed": job.failed,
        "seconds_left": _seconds_left(job),
        "error": job.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def _seconds_left(job: ContactJob) -> int | None:
    if job.finished_at is not None or not job.done or job.total is None:
        return None
    assert job.started_at is not None
    spent = (timezone.now() - job.started_at).total_seconds()
    return round(spent / job.done * (job.total - job.done))


urlpatterns = [
    path("contact-jobs", JobsView.as_view(), name="contact-jobs"),
    path("contact-jobs/<uuid:job>", JobView.as_view(), name="contact-job"),
    path(
        "contact-jobs/<uuid:job>/parts/<str:number>",
        PartView.as_view(),
        name="contact-job-part",
    ),
    path(
        "contact-jobs/<uuid:job>/results/<str:outcome>",
        results,
        name="contact-job-results",
    ),
]
