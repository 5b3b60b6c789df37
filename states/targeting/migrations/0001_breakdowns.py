"""Signed breakdowns: figures by value for those who may count but not read."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    initial = True
    dependencies = [("voters", "0002_walls"), ("canvass", "0002_walls")]
    operations = [run_sql(__file__, "0001_breakdowns")]
