"""Tracers that are contacted alarm their party; leaked files are traced by workers."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from coop.db.operations import run_sql


def _key(*names: str) -> tuple[str, models.CompositePrimaryKey]:
    return (
        "pk",
        models.CompositePrimaryKey(
            *names, blank=True, editable=False, primary_key=True, serialize=False
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("tracers", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                _key("state", "export", "download", "mark", "tracer"),
                ("state", models.TextField()),
                ("export", models.UUIDField()),
                ("download", models.IntegerField()),
                ("mark", models.BinaryField()),
                ("organization", models.UUIDField()),
                ("tracer", models.UUIDField()),
                ("way", models.TextField()),
            ],
            options={"db_table": "tracers_mark", "managed": False},
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                _key("state", "id"),
                ("state", models.TextField()),
                ("id", models.UUIDField(default=uuid.uuid4)),
                ("organization", models.UUIDField()),
                ("source", models.TextField()),
                ("marks", ArrayField(models.BinaryField())),
                ("said_at", models.DateTimeField()),
            ],
            options={"db_table": "tracers_lead", "managed": False},
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                _key("state", "id"),
                ("state", models.TextField()),
                ("id", models.UUIDField(default=uuid.uuid4)),
                ("tracer", models.UUIDField(null=True)),
                ("organization", models.UUIDField()),
                ("source", models.TextField()),
                ("way", models.TextField()),
                ("exports", ArrayField(models.UUIDField())),
                ("licensees", ArrayField(models.UUIDField())),
                ("said_at", models.DateTimeField()),
                ("noticed_at", models.DateTimeField()),
            ],
            options={"db_table": "tracers_alarm", "managed": False},
        ),
        migrations.CreateModel(
            name="LeakTrace",
            fields=[
                _key("state", "id"),
                ("state", models.TextField()),
                ("id", models.UUIDField(default=uuid.uuid4)),
                ("status", models.TextField(default="queued")),
                ("size", models.BigIntegerField()),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("worker", models.TextField(default="", blank=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("problem", models.TextField(default="", blank=True)),
                ("rows_read", models.BigIntegerField(default=0)),
                ("found", models.JSONField(null=True)),
            ],
            options={"db_table": "tracers_trace", "managed": False},
        ),
        run_sql(__file__, "0002_alarms"),
    ]
