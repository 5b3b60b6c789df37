"""Statistics of a first publication from fewer rows, of the columns that voters are chosen by."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0012_lines")]
    operations = [run_sql(__file__, "0013_fewer_statistics")]
