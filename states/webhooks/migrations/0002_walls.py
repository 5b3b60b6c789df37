"""Webhooks: whose they are, and how their work is claimed."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("feeds", "0003_followers")]
    operations = [run_sql(__file__, "0002_walls")]
