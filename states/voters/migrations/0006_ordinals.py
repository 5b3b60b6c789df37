"""The ordinal of each voter in its state's bitmaps."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0005_lookups")]
    operations = [
        migrations.AddField(
            "registration",
            "ordinal",
            models.IntegerField(null=True, editable=False),
        ),
        run_sql(__file__, "0006_ordinals"),
    ]
