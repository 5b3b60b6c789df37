"""Voters are found by their ordinals, which bitmaps tell."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0009_state_last")]
    operations = [run_sql(__file__, "0010_by_ordinal")]
