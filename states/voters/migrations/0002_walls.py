"""Published voters: tables partitioned by state, and the policies of each field group."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("voters", "0001_initial"),
        ("grants", "0003_walls"),
        ("ledger", "0002_append_only"),
    ]
    operations = [run_sql(__file__, "0002_walls")]
