"""Shares of lists, with guardian's mirror of them, and what was pulled of a list."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from coop.db.operations import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("lists", "0004_score_columns"),
        ("voters", "0002_walls"),
        ("grants", "0003_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PullMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "state",
                        "pull",
                        "voter",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.TextField()),
                ("pull", models.UUIDField()),
                ("voter", models.UUIDField()),
            ],
            options={
                "db_table": "lists_pull_member",
                "managed": False,
            },
        ),
        migrations.AlterModelOptions(
            name="savedlist",
            options={"permissions": [("use_list", "Use a list that its owner shares")]},
        ),
        migrations.CreateModel(
            name="Pull",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("organization", models.UUIDField()),
                ("list", models.UUIDField()),
                ("puller", models.CharField(max_length=60)),
                ("number", models.IntegerField()),
                ("previous", models.UUIDField(null=True)),
                ("figures", models.JSONField(default=dict)),
                ("pulled_at", models.DateTimeField()),
            ],
            options={
                "db_table": "lists_pull",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "list", "puller", "number"),
                        name="pull_number_once_a_puller",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("list", models.UUIDField()),
                ("owner", models.UUIDField()),
                ("organization", models.UUIDField()),
                ("person", models.UUIDField(null=True)),
                ("shared_by", models.UUIDField()),
                ("shared_at", models.DateTimeField()),
            ],
            options={
                "db_table": "lists_share",
                "indexes": [
                    models.Index(fields=["organization"], name="shares_by_receiver")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("list", "organization", "person"),
                        name="list_is_shared_once_with_each",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("owner", models.F("organization")), _negated=True
                        ),
                        name="list_is_shared_with_another_organization",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListGroupObjectPermission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "content_object",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="lists.savedlist",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="auth.group"
                    ),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="auth.permission",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "unique_together": {("group", "permission", "content_object")},
            },
        ),
        migrations.CreateModel(
            name="ListUserObjectPermission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "content_object",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="lists.savedlist",
                    ),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="auth.permission",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "unique_together": {("user", "permission", "content_object")},
            },
        ),
        run_sql(__file__, "0005_sharing"),
    ]
