"""The lines of a state's last whole delivery, by digest."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0011_side_by_side")]
    operations = [run_sql(__file__, "0012_lines")]
