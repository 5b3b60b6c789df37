"""Keep the inbox by days, and count what waits in it."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0006_late")]
    operations = [run_sql(__file__, "0007_inbox_days")]
