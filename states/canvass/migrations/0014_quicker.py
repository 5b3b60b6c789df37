"""The drain's statements as two functions, and a late grant's question asked once a statement."""

from django.db import migrations

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("canvass", "0013_days_at_need"),
    ]

    operations = [
        run_sql(__file__, "0014_quicker"),
    ]
