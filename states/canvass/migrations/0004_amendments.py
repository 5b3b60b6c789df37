"""Let contacts be corrected and retracted, with their history kept."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0003_try_lock_places")]
    operations = [
        run_sql(__file__, "0004_amendments"),
        migrations.CreateModel(
            name="ContactVersion",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("version", models.UUIDField()),
                ("contact", models.UUIDField()),
                ("voter", models.UUIDField()),
                ("place", models.IntegerField()),
                ("organization", models.UUIDField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("contact", "Contact"),
                            ("correction", "Correction"),
                            ("retraction", "Retraction"),
                        ]
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("pooled", models.BooleanField()),
                ("source", models.TextField()),
                ("event_id", models.TextField()),
                ("event_time", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("body", models.JSONField()),
            ],
            options={"db_table": "canvass_contact_version", "managed": False},
        ),
    ]
