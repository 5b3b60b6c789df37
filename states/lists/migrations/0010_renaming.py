"""Lists can be given another name."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0009_resting")]
    operations = [run_sql(__file__, "0010_renaming")]
