"""Keys and indexes of the voters' tables name the state last: they are made in a third of the time."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0008_released_ids")]
    operations = [run_sql(__file__, "0009_state_last")]
