"""Walk rank and household key of each registration, generated from its address."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0003_ballots")]
    operations = [
        migrations.AddField(
            "registration",
            "household",
            models.BigIntegerField(null=True, editable=False),
        ),
        migrations.AddField(
            "registration", "walk_rank", models.TextField(null=True, editable=False)
        ),
        run_sql(__file__, "0004_walk_rank"),
    ]
