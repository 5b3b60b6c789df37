"""Uploads of ballots: partitioned by state, their owner's alone; the functions that apply them."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("ballots", "0001_initial"), ("voters", "0003_ballots")]
    operations = [run_sql(__file__, "0002_walls")]
