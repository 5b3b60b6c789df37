"""Notice bursts of suppressions, and tell the state's owner."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0007_inbox_days")]
    operations = [
        run_sql(__file__, "0008_bursts"),
        migrations.CreateModel(
            name="Burst",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "organization",
                        "source",
                        "kind",
                        "since",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("organization", models.UUIDField()),
                ("source", models.TextField()),
                ("kind", models.TextField()),
                ("since", models.DateTimeField()),
                ("assertions", models.IntegerField()),
                ("noticed_at", models.DateTimeField()),
            ],
            options={"db_table": "canvass_burst", "managed": False},
        ),
    ]
