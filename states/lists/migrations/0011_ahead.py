"""Exports in an order of their own, and prepared by a worker before anyone fetches them."""

import django.contrib.postgres.fields
from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0010_renaming")]
    operations = [
        migrations.AlterField(
            model_name="export",
            name="status",
            field=models.CharField(
                choices=[
                    ("ordered", "Ordered"),
                    ("queued", "Queued"),
                    ("preparing", "Preparing"),
                    ("streaming", "Streaming"),
                    ("complete", "Complete"),
                    ("cut", "Cut"),
                    ("failed", "Failed"),
                    ("revoked", "Revoked"),
                    ("expired", "Expired"),
                ],
                default="ordered",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="order",
            field=models.CharField(
                db_column="ordering", db_default="id", default="id", max_length=161
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="prepare",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="export",
            name="worker",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="attempts",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="export",
            name="of_rows",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="export",
            name="started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="export",
            name="prepared_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="ExportOrder",
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
                (
                    "voters",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
            ],
            options={"db_table": "lists_export_order", "managed": False},
        ),
        run_sql(__file__, "0011_ahead"),
    ]
