"""Guard rails' thresholds by state, and what they measured by import."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0003_taking_out")]
    operations = [
        migrations.AddField("import", "review", models.JSONField(default=dict)),
        migrations.AddField("import", "reason", models.TextField(default="")),
        migrations.CreateModel(
            name="GuardRail",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "guard",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("guard", models.TextField()),
                ("threshold", models.FloatField()),
                ("changed_by", models.UUIDField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "imports_guardrail", "managed": False},
        ),
        run_sql(__file__, "0004_guard_rails"),
    ]
