"""Take contacts dated within a grant for 72 hours after its natural end."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0005_gauges"), ("grants", "0004_late")]
    operations = [run_sql(__file__, "0006_late")]
