"""Survey questions that a state's party publishes, and the answers that stand for theirs."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0010_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="surveyquestion",
            name="published_in",
            field=models.CharField(max_length=2, null=True),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="maps_to",
            field=models.UUIDField(null=True),
        ),
        run_sql(__file__, "0011_state_words"),
    ]
