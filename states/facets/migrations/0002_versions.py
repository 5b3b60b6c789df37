"""Which publication a state's bitmaps are of is said once, so that one may follow another's difference."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("facets", "0001_facets")]
    operations = [run_sql(__file__, "0002_versions")]
