"""When a bulk job was last worked on, by which organizations take turns."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0015_coded"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactjob",
            name="served_at",
            field=models.DateTimeField(null=True),
        ),
        run_sql(__file__, "0016_job_turns"),
    ]
