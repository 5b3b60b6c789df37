"""The head of a feed may be read by statements that run in parallel."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0002_noise"),
        ("feeds", "0002_walls"),
    ]
    operations = [run_sql(__file__, "0003_positions")]
