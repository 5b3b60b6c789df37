"""Grants as the database enforces them, and the functions that every policy calls."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0002_initial"),
        ("jurisdictions", "0003_walls"),
        ("organizations", "0002_walls"),
    ]
    operations = [run_sql(__file__, "0003_walls")]
