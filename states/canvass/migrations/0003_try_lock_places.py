"""Let a drain pass over a state that is being published."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0002_walls")]
    operations = [run_sql(__file__, "0003_try_lock_places")]
