"""The members of lists and exports, partitioned by state, and who sees what of them."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("lists", "0001_initial"),
        ("voters", "0002_walls"),
        ("organizations", "0003_log_in"),
    ]
    operations = [run_sql(__file__, "0002_walls")]
