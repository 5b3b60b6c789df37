"""Live bitmaps as an organization was shown them at a position, for its processes to begin from."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("facets", "0004_plain"),
        ("feeds", "0002_walls"),
        ("grants", "0003_walls"),
    ]
    operations = [run_sql(__file__, "0005_live")]
