"""The function by which the followers of open streams are judged together."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("feeds", "0002_walls"),
        ("grants", "0003_walls"),
        ("organizations", "0004_first_owner"),
    ]
    operations = [run_sql(__file__, "0003_followers")]
