"""What each publication replaced, and going back to an earlier one."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_guard_rails")]
    operations = [
        migrations.AddField("import", "rolls_back_to", models.IntegerField(null=True)),
        migrations.AddField(
            "import", "rolls_back_from", models.IntegerField(null=True)
        ),
        run_sql(__file__, "0005_rollback"),
    ]
