"""Bulk jobs of contacts, and what became of their rows."""

import uuid

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0009_unmatched"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "job",
                        "row",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("job", models.UUIDField()),
                ("row", models.BigIntegerField()),
                ("organization", models.UUIDField()),
                ("event_id", models.TextField(null=True)),
                ("contact", models.TextField(null=True)),
                ("code", models.CharField(blank=True, default="", max_length=60)),
                ("pointer", models.TextField(blank=True, default="")),
                ("detail", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "canvass_job_row",
            },
        ),
        migrations.CreateModel(
            name="ContactJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("organization", models.UUIDField()),
                ("principal", models.UUIDField()),
                ("principal_kind", models.CharField(max_length=20)),
                ("source", models.CharField(blank=True, default="", max_length=60)),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "Csv"), ("ndjson", "Ndjson")], max_length=10
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("Open", "Open"),
                            ("UploadComplete", "Upload Complete"),
                            ("InProgress", "In Progress"),
                            ("JobComplete", "Complete"),
                            ("Failed", "Failed"),
                            ("Aborted", "Aborted"),
                        ],
                        default="Open",
                        max_length=20,
                    ),
                ),
                ("total", models.PositiveBigIntegerField(null=True)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("successful", models.PositiveBigIntegerField(default=0)),
                ("failed", models.PositiveBigIntegerField(default=0)),
                ("error", models.CharField(blank=True, default="", max_length=80)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("worker", models.CharField(blank=True, default="", max_length=120)),
                ("heartbeat_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "canvass_job",
                "indexes": [
                    models.Index(
                        fields=["organization", "-created_at"],
                        name="jobs_by_organization",
                    )
                ],
            },
        ),
        run_sql(__file__, "0010_jobs"),
    ]
