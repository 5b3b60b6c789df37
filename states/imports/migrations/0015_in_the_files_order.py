"""A first publication leaves three of its four tables in the order of the files."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0014_indexes_side_by_side")]
    operations = [run_sql(__file__, "0015_in_the_files_order")]
