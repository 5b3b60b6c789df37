"""Walls around the answers kept for replays."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial"), ("coop_db", "0001_sec")]
    operations = [run_sql(__file__, "0002_walls")]
