"""Kept files of exports: what opens them, and who may have it."""

import django.contrib.postgres.fields
from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0006_lines")]
    operations = [
        migrations.CreateModel(
            name="Spool",
            fields=[
                ("export", models.UUIDField(primary_key=True, serialize=False)),
                ("organization", models.UUIDField()),
                ("number", models.IntegerField()),
                ("sealed_key", models.BinaryField()),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                (
                    "groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "grants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                (
                    "owned",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={"db_table": "lists_spool"},
        ),
        run_sql(__file__, "0007_spool"),
    ]
