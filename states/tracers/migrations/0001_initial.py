"""Set-ups of tracers, and what was woven: partitioned by state, their owner's alone."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    initial = True
    dependencies = [("lists", "0008_blocks"), ("voters", "0007_address_as_filed")]
    operations = [
        migrations.CreateModel(
            name="Setup",
            fields=[
                (
                    "state",
                    models.TextField(primary_key=True, serialize=False),
                ),
                ("sealed", models.BinaryField()),
                ("active", models.BooleanField()),
                ("changed_by", models.UUIDField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "tracers_setup", "managed": False},
        ),
        migrations.CreateModel(
            name="Woven",
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
                ("tracers", models.IntegerField()),
                ("sealed", models.BinaryField()),
                ("woven_at", models.DateTimeField()),
            ],
            options={"db_table": "tracers_woven", "managed": False},
        ),
        run_sql(__file__, "0001_tracers"),
    ]
