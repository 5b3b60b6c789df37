"""The planner is told of the voters' tables as wholes, not of their partitions alone."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0016_reverse_by_voter"),
        ("voters", "0010_by_ordinal"),
    ]
    operations = [run_sql(__file__, "0017_whole_statistics")]
