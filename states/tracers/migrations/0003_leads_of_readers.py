"""Who looks tracers up leaves leads as who contacts them does."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("tracers", "0002_alarms")]
    operations = [run_sql(__file__, "0003_leads_of_readers")]
