"""The feed: its table by state, who sees which change, and the functions that allot numbers."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("feeds", "0001_initial"), ("voters", "0002_walls")]
    operations = [run_sql(__file__, "0002_walls")]
