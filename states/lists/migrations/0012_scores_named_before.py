"""Lists saved before it was written down which score sets their criteria name say it too."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0011_ahead"), ("scores", "0002_walls")]
    operations = [run_sql(__file__, "0012_scores_named_before")]
