"""The function that tells what publications changed, as far as the reader's grants go."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("feeds", "0003_followers"),
        ("grants", "0003_walls"),
        ("imports", "0005_rollback"),
        ("voters", "0002_walls"),
    ]
    operations = [run_sql(__file__, "0004_differences")]
