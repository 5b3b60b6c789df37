"""Let the operator read how much waits in the inbox."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0004_amendments")]
    operations = [run_sql(__file__, "0005_gauges")]
