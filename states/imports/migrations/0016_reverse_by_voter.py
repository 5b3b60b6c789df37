"""What a publication touches is kept by looking each voter up, however many the state has."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [("imports", "0015_in_the_files_order")]
    operations = [run_sql(__file__, "0016_reverse_by_voter")]
