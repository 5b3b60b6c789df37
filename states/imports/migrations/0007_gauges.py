"""Let the operator read how many imports are under way."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0006_column_mappings")]
    operations = [run_sql(__file__, "0007_gauges")]
