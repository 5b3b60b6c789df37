"""Load the states and their counties: public facts, kept as data beside the code."""

import csv
from pathlib import Path

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

DATA = Path(__file__).parent.parent / "data"


def load(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    state = apps.get_model("jurisdictions", "State")
    county = apps.get_model("jurisdictions", "County")
    alias = schema_editor.connection.alias
    with (DATA / "states.csv").open(newline="") as rows:
        state.objects.using(alias).bulk_create(
            state(
                code=row["code"],
                fips=int(row["fips"]),
                name=row["name"],
                party_basis="registered"
                if row["party_registration"] == "true"
                else "last_primary",
                place_kinds=[
                    "county",
                    *(f"{kind}_district" for kind in row["districts"].split()),
                ],
            )
            for row in csv.DictReader(rows)
        )
    with (DATA / "counties.csv").open(newline="") as rows:
        county.objects.using(alias).bulk_create(
            county(fips=int(row["fips"]), state_id=row["state"], name=row["name"])
            for row in csv.DictReader(rows)
        )


class Migration(migrations.Migration):
    dependencies = [("jurisdictions", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
