"""Bitmaps for signed counts of those who may count but not read."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("facets", "0006_numbers")]
    operations = [run_sql(__file__, "0007_counted")]
