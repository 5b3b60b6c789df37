"""Who left in an export, a block of voters a row; kept files are judged once a publication."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
from django.db import migrations, models

from coop.db.operations import run_sql


def _numbers() -> models.Field[Any, Any]:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.IntegerField(), default=list, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("lists", "0007_spool"), ("targeting", "0002_noise")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField("spool", "since", _numbers()),
                migrations.AddField("spool", "judged", _numbers()),
                migrations.AddField("spool", "moved_to", _numbers()),
                migrations.DeleteModel("ExportMember"),
                migrations.CreateModel(
                    name="ExportBlock",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "state",
                                "export",
                                "download",
                                "number",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("state", models.TextField()),
                        ("export", models.UUIDField()),
                        ("download", models.IntegerField()),
                        ("number", models.IntegerField()),
                        ("organization", models.UUIDField()),
                        ("lowest", models.UUIDField()),
                        ("highest", models.UUIDField()),
                        (
                            "voters",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), size=None
                            ),
                        ),
                        (
                            "places",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.IntegerField(), size=None
                            ),
                        ),
                        ("obtained_at", models.DateTimeField()),
                    ],
                    options={"db_table": "lists_export_block", "managed": False},
                ),
            ],
            database_operations=[run_sql(__file__, "0008_blocks")],
        ),
    ]
