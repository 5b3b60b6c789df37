"""Deliveries and files: their owner's alone."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("jurisdictions", "0003_walls")]
    operations = [run_sql(__file__, "0002_walls")]
