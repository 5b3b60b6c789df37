"""Tables of facets, one per field group, each behind that group's own wall."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("voters", "0006_ordinals"),
        ("imports", "0008_ordinals"),
        ("canvass", "0002_walls"),
    ]
    operations = [run_sql(__file__, "0001_facets")]
