"""Large uploads of ballots wait for a worker, who goes through them under a lease."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("ballots", "0002_walls")]
    operations = [run_sql(__file__, "0003_worked")]
