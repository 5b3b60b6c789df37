"""A street line as the state files it stands beside the Postal Service's form of it."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("voters", "0006_ordinals")]
    operations = [run_sql(__file__, "0007_address_as_filed")]
