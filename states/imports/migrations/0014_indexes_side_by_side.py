"""The registration's indexes, built on both connections once its rows stand beside."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0013_fewer_statistics")]
    operations = [run_sql(__file__, "0014_indexes_side_by_side")]
