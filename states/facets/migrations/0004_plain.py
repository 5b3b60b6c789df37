"""Bitmaps are stored as they are."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("facets", "0003_following")]
    operations = [run_sql(__file__, "0004_plain")]
