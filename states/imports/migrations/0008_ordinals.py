"""Publications allot ordinals."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0007_gauges"), ("voters", "0006_ordinals")]
    operations = [run_sql(__file__, "0008_ordinals")]
