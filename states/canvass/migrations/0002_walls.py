"""Contacts as the database keeps them: tables by state, their policies, and the workers' functions."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0001_initial"),
        ("feeds", "0002_walls"),
        ("voters", "0002_walls"),
        ("grants", "0003_walls"),
    ]
    operations = [run_sql(__file__, "0002_walls")]
