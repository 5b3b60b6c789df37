"""A file may be taken out of a delivery that no import holds."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_walls"), ("files", "0003_zstd")]
    operations = [run_sql(__file__, "0003_taking_out")]
