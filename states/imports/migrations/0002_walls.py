"""Imports and rejects: their owner's alone; claiming them, and publishing one."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0001_initial"),
        ("files", "0002_walls"),
        ("voters", "0002_walls"),
    ]
    operations = [run_sql(__file__, "0002_walls"), run_sql(__file__, "0002_publish")]
