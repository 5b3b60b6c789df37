"""The first publication of a state is filled beside, and attached when whole."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0008_ordinals")]
    operations = [run_sql(__file__, "0009_beside")]
