"""Let the operator read how many messages are due."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_walls")]
    operations = [run_sql(__file__, "0003_gauges")]
