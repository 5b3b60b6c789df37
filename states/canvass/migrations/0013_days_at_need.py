"""Whoever writes into the inbox first makes the day's partitions where beat has not."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0012_handed_over")]
    operations = [run_sql(__file__, "0013_days_at_need")]
