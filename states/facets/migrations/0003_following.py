"""Bitmaps follow a publication that changed little."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("facets", "0002_versions"), ("imports", "0005_rollback")]
    operations = [run_sql(__file__, "0003_following")]
