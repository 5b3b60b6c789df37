"""Narrow what the operator may do to an organization to inviting its first owner."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("organizations", "0003_log_in")]
    operations = [run_sql(__file__, "0004_first_owner")]
