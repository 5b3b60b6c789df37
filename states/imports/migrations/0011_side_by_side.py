"""The tables of a first publication are filled side by side, before the publishing transaction."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0010_timings")]
    operations = [run_sql(__file__, "0011_side_by_side")]
