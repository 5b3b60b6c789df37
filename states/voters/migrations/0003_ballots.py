"""Ballots of the elections at hand: a table partitioned by state, under its own field group."""

from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name="Ballot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "ballot_election",
                        "voter",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("voter", models.UUIDField()),
                ("place", models.IntegerField()),
                ("ballot_election", models.TextField()),
                ("ballot_status", models.TextField()),
                ("ballot_date", models.DateField()),
                ("ballot_method", models.TextField(null=True)),
                ("requested_on", models.DateField(null=True)),
                ("sent_on", models.DateField(null=True)),
                ("returned_on", models.DateField(null=True)),
                ("accepted_on", models.DateField(null=True)),
                ("rejected_on", models.DateField(null=True)),
            ],
            options={"db_table": "voters_ballot", "managed": False},
        ),
        migrations.CreateModel(
            name="BallotElection",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "ballot_election",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("ballot_election", models.TextField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "voters_ballotelection", "managed": False},
        ),
        run_sql(__file__, "0003_ballots"),
    ]
