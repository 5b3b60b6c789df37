"""Seconds of work by phase."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0009_beside")]
    operations = [
        migrations.AddField("import", "timings", models.JSONField(default=dict)),
    ]
