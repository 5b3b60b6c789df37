"""The function by which the log of deliveries is kept within bounds."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_gauges")]
    operations = [run_sql(__file__, "0004_trimming")]
