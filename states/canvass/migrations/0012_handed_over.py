"""Contacts pushed blindly that cannot be applied wait for the state's owner."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("canvass", "0011_state_words")]
    operations = [
        run_sql(__file__, "0012_handed_over"),
        migrations.AddField("unmatchedcontact", "kind", models.TextField()),
        migrations.AddField("unmatchedcontact", "problem", models.TextField(null=True)),
        migrations.AlterField(
            "unmatchedcontact", "contact_type", models.SmallIntegerField(null=True)
        ),
    ]
