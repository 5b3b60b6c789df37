"""A found file is traced by one worker."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("tracers", "0003_leads_of_readers")]
    operations = [run_sql(__file__, "0004_claimed_once")]
