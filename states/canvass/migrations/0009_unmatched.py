"""Contacts of those who contribute without reading, and the place where they wait for the owner."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0008_bursts"),
        ("feeds", "0002_walls"),
        ("grants", "0003_walls"),
        ("ledger", "0002_append_only"),
        ("voters", "0005_lookups"),
    ]
    operations = [
        run_sql(__file__, "0009_unmatched"),
        migrations.CreateModel(
            name="BlindContact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "contact",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("contact", models.UUIDField()),
                ("organization", models.UUIDField()),
                ("source", models.TextField()),
                ("event_id", models.TextField()),
                ("receipt", models.UUIDField()),
                ("kind", models.TextField()),
                ("amends", models.UUIDField(null=True)),
                ("event_time", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("about", models.JSONField()),
                ("body", models.JSONField()),
            ],
            options={"db_table": "canvass_blind", "managed": False},
        ),
        migrations.CreateModel(
            name="UnmatchedContact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "contact",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("contact", models.UUIDField()),
                ("pooled", models.BooleanField()),
                ("told_by", models.UUIDField(null=True)),
                ("event_time", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("about", models.JSONField()),
                ("contact_type", models.SmallIntegerField()),
                ("status", models.TextField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.UUIDField(null=True)),
            ],
            options={"db_table": "canvass_unmatched", "managed": False},
        ),
    ]
