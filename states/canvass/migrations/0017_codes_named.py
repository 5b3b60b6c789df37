"""Activist codes are kept without a look at contacts that name none."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0016_job_turns")]
    operations = [run_sql(__file__, "0017_codes_named")]
