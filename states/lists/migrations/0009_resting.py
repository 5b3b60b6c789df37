"""Lists that rest on lists and score sets: what a receiver finds of them."""

import django.contrib.postgres.fields
from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("lists", "0008_blocks"), ("scores", "0002_walls")]
    operations = [
        migrations.AddField(
            model_name="savedlist",
            name="scores",
            field=models.JSONField(default=dict, db_default={}),
        ),
        migrations.AddField(
            model_name="savedlist",
            name="rests_on",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), size=None, default=list, db_default=[]
            ),
        ),
        run_sql(__file__, "0009_resting"),
    ]
