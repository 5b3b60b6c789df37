"""What an access in a state rests on, in one statement."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("grants", "0004_late")]

    operations = [run_sql(__file__, "0005_held")]
