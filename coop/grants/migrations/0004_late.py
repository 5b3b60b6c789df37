"""Note which grants were active to their end: for a while after it, late contacts are taken."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("grants", "0003_walls")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[run_sql(__file__, "0004_late")],
            state_operations=[
                migrations.AddField(
                    "grant", "lived_out", models.BooleanField(default=False)
                )
            ],
        )
    ]
