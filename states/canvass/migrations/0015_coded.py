"""Which voters an organization's activist codes are on, as a current value; answers by an index of their own."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0014_quicker"),
    ]

    operations = [
        run_sql(__file__, "0015_coded"),
        migrations.CreateModel(
            name="Coded",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "voter",
                        "organization",
                        "code",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("voter", models.UUIDField()),
                ("organization", models.UUIDField()),
                ("code", models.UUIDField()),
                ("place", models.IntegerField()),
                ("applied", models.BooleanField()),
                ("event_time", models.DateTimeField()),
                ("seq", models.BigIntegerField()),
            ],
            options={
                "db_table": "canvass_coded",
                "managed": False,
            },
        ),
    ]
