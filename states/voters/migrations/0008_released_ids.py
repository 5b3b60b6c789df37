"""Former holders of an identifier give it up where a publication has given it to someone else."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_rollback"), ("voters", "0007_address_as_filed")]
    operations = [run_sql(__file__, "0008_released_ids")]
