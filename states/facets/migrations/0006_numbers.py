"""Households and telephone numbers by number, stored beside the bitmaps of their groups."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("facets", "0005_live")]
    operations = [run_sql(__file__, "0006_numbers")]
