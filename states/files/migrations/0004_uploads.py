"""Files that arrive piece by piece."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0003_zstd"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("state", models.CharField(max_length=2)),
                ("name", models.CharField(max_length=200)),
                ("size", models.BigIntegerField()),
                ("received", models.BigIntegerField(default=0)),
                ("opened_by", models.UUIDField()),
                ("opened_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("file", models.UUIDField(null=True)),
                ("problem", models.JSONField(null=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="files.delivery",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["delivery", "opened_at"], name="uploads_by_delivery"
                    ),
                    models.Index(fields=["expires_at"], name="uploads_by_expiry"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received__gte", 0),
                            ("received__lte", models.F("size")),
                            ("size__gt", 0),
                        ),
                        name="upload_received_of_its_size",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("file__isnull", True),
                            ("problem__isnull", True),
                            _connector="OR",
                        ),
                        name="upload_ends_one_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file__isnull", True), ("problem__isnull", True)),
                            ("received", models.F("size")),
                            _connector="OR",
                        ),
                        name="upload_ends_when_received",
                    ),
                ],
            },
        ),
        run_sql(__file__, "0004_uploads"),
    ]
