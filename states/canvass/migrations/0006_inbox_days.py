"""Keep the inbox by days, and count what waits in it."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0005_gauges")]
    operations = [run_sql(__file__, "0006_inbox_days")]
