"""Noise on the figures of those who may count but not read, by the set of voters alone."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0001_breakdowns"),
        ("jurisdictions", "0004_counting"),
        ("grants", "0003_walls"),
    ]
    operations = [run_sql(__file__, "0002_noise")]
