"""Names of columns that a state's owner has accepted."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_rollback")]
    operations = [
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "variant",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("variant", models.TextField()),
                ("columns", models.JSONField()),
                ("changed_by", models.UUIDField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "imports_columnmapping", "managed": False},
        ),
        run_sql(__file__, "0006_column_mappings"),
    ]
