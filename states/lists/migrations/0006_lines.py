"""Parquet beside CSV and NDJSON; where a voter was when it was sent."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0005_sharing")]
    operations = [
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(
                choices=[("csv", "Csv"), ("ndjson", "Ndjson"), ("parquet", "Parquet")],
                db_default="csv",
                default="csv",
                max_length=8,
            ),
        ),
        run_sql(__file__, "0006_lines"),
    ]
