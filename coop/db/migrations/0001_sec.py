"""The schema `sec`: signed actor, and the templates that wall tables."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [run_sql(__file__, "0001_sec")]
