"""Let voters be looked up by e-mail and by their county's number."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0004_walk_rank")]
    operations = [run_sql(__file__, "0005_lookups")]
