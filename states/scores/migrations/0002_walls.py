"""Scores: the values with the state, everything else the uploader's, behind policies of their own."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("scores", "0001_initial"),
        ("voters", "0003_ballots"),
        ("grants", "0003_walls"),
    ]
    operations = [run_sql(__file__, "0002_walls")]
