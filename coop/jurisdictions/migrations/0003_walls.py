"""Places, the wall around states and policies, and `sec.owned_states`."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("jurisdictions", "0002_reference"), ("coop_db", "0001_sec")]
    operations = [run_sql(__file__, "0003_walls")]
