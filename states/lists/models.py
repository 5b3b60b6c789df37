"""Saved lists with their pinned members, shares and pulls, and exports with everyone who left in them.

Lists and exports belong to an organization; their members lie with the state (its
partitions and walls are made by SQL), so that an owner can name a voter's holders.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class Kind(models.TextChoices):
    """Pinned: a snapshot of voters. Live: criteria, answered anew at each reading."""

    PINNED = "pinned"
    LIVE = "live"


class SavedList(models.Model):
    """A named universe of one organization.

    `criteria` are the tree that the caller wrote, or its text stands for. `counts` are a pinned list's voters by state
    when it was made; empty for a live one. `scores` are the ids of the score sets that the criteria name, by those
    names, and `rests_on` the lists that they name or that are left out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    criteria = models.JSONField(null=True)
    states = ArrayField(models.CharField(max_length=2))
    exclude_lists = ArrayField(models.UUIDField(), default=list)
    scores = models.JSONField(default=dict, db_default={})
    rests_on = ArrayField(models.UUIDField(), default=list, db_default=[])
    as_of = models.DateField(null=True)
    counts = models.JSONField(default=dict)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "lists_list"
        permissions = [("use_list", "Use a list that its owner shares")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="list_name_once_an_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.PINNED, as_of__isnull=False)
                | models.Q(kind=Kind.LIVE, as_of__isnull=True),
                name="list_is_pinned_to_a_day_or_live",
            ),
        ]


class Share(models.Model):
    """A list that `owner` shares with another organization, or with one `person` in it alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    list = models.UUIDField()
    owner = models.UUIDField()
    organization = models.UUIDField()
    person = models.UUIDField(null=True)
    shared_by = models.UUIDField()
    shared_at = models.DateTimeField()

    class Meta:
        db_table = "lists_share"
        indexes = [
            models.Index(fields=["organization"], name="shares_by_receiver"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "organization", "person"],
                nulls_distinct=False,
                name="list_is_shared_once_with_each",
            ),
            models.CheckConstraint(
                condition=~models.Q(owner=models.F("organization")),
                name="list_is_shared_with_another_organization",
            ),
        ]


class ListGroupObjectPermission(GroupObjectPermissionBase):
    """django-guardian's permissions on a list, mirroring shares; a group is an organization."""

    content_object = models.ForeignKey(SavedList, on_delete=models.CASCADE)


class ListUserObjectPermission(UserObjectPermissionBase):
    """The same for shares with one person."""

    content_object = models.ForeignKey(SavedList, on_delete=models.CASCADE)


class Pull(models.Model):
    """What a puller (a tool's source, or a person) got of a list: the newest, and the one before it.

    `figures`: state → count, joined and left, as of `pulled_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    list = models.UUIDField()
    puller = models.CharField(max_length=60)
    number = models.IntegerField()
    previous = models.UUIDField(null=True)
    figures = models.JSONField(default=dict)
    pulled_at = models.DateTimeField()

    class Meta:
        db_table = "lists_pull"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "list", "puller", "number"],
                name="pull_number_once_a_puller",
            ),
        ]


class PullMember(models.Model):
    """A voter of a pull; `place` follows the voter, and is shown to nobody."""

    pk = models.CompositePrimaryKey("state", "pull", "voter")
    state = models.TextField()
    pull = models.UUIDField()
    voter = models.UUIDField()

    class Meta:
        managed = False
        db_table = "lists_pull_member"


class ListMember(models.Model):
    """A voter of a pinned list; `place` follows the voter."""

    pk = models.CompositePrimaryKey("state", "list", "voter")
    state = models.TextField()
    list = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()

    class Meta:
        managed = False
        db_table = "lists_member"


class ExportStatus(models.TextChoices):
    """An export's life; a link may be fetched again until it expires or is revoked."""

    ORDERED = "ordered"
    QUEUED = "queued"
    PREPARING = "preparing"
    STREAMING = "streaming"
    COMPLETE = "complete"
    CUT = "cut"
    FAILED = "failed"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Format(models.TextChoices):
    """How an export's lines are written: RFC 4180, a JSON object a line, or columns with types."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


RUNNING = (ExportStatus.STREAMING, ExportStatus.PREPARING)
ENDED = (ExportStatus.REVOKED, ExportStatus.EXPIRED)


class Export(models.Model):
    """Voters on their way out as a file, by a link whose token is kept as a hash only.

    `list` is the saved list exported. `columns` None: every field licensed at the time of
    fetching; `preset` names what they were chosen by, and titles them; `order` is a name that `ordering.read_order` takes.
    `fetches` numbers the download that may go on; `rows` is what it has sent. One to `prepare` is filled by a `worker`,
    begun `attempts` times, before its link serves it: then it has `of_rows` to read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    principal = models.UUIDField()
    principal_kind = models.CharField(max_length=12)
    source = models.CharField(max_length=60, default="", blank=True)
    list = models.UUIDField()
    columns = ArrayField(models.CharField(max_length=160), null=True)
    format = models.CharField(
        max_length=8, choices=Format, default=Format.CSV, db_default=Format.CSV
    )
    preset = models.CharField(max_length=20, default="", db_default="", blank=True)
    order = models.CharField(
        max_length=161, default="id", db_default="id", db_column="ordering"
    )
    prepare = models.BooleanField(default=False, db_default=False)
    worker = models.CharField(max_length=120, default="", db_default="", blank=True)
    attempts = models.IntegerField(default=0, db_default=0)
    of_rows = models.BigIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    prepared_at = models.DateTimeField(null=True)
    status = models.CharField(
        max_length=10, choices=ExportStatus, default=ExportStatus.ORDERED
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetches = models.IntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    progress_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=60, default="", blank=True)

    class Meta:
        db_table = "lists_export"
        indexes = [
            models.Index(
                fields=["organization", "-created_at"], name="exports_by_organization"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="export_expires_after_it_is_ordered",
            ),
        ]


class ExportBlock(models.Model):
    """Voters who left in one download of an export, ascending, and for whom; `places` are where each was then.

    The application notes them and reads none: the owner asks `queries.holders_of`.
    """

    pk = models.CompositePrimaryKey("state", "export", "download", "number")
    state = models.TextField()
    export = models.UUIDField()
    download = models.IntegerField()
    number = models.IntegerField()
    organization = models.UUIDField()
    lowest = models.UUIDField()
    highest = models.UUIDField()
    voters = ArrayField(models.UUIDField())
    places = ArrayField(models.IntegerField())
    obtained_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "lists_export_block"


class Spool(models.Model):
    """What opens an export's kept file; the application writes it, and cannot read the key back.

    `number` is the fetch that made it; `grants` and `owned` (states) are what it rests on, `groups` those of its columns that
    grants name. `since` are its states' newest publications before it was begun; the database writes by which ones
    it was `judged`, and where voters in it have `moved_to`.
    """

    export = models.UUIDField(primary_key=True)
    organization = models.UUIDField()
    number = models.IntegerField()
    sealed_key = models.BinaryField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    states = ArrayField(models.CharField(max_length=2))
    groups = ArrayField(models.CharField(max_length=20))
    grants = ArrayField(models.UUIDField())
    owned = ArrayField(models.CharField(max_length=2))
    since = ArrayField(models.IntegerField(), default=list)
    judged = ArrayField(models.IntegerField(), default=list)
    moved_to = ArrayField(models.IntegerField(), default=list)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "lists_spool"


class ExportOrder(models.Model):
    """A block of an order in which a running download sends its voters."""

    pk = models.CompositePrimaryKey("state", "export", "download", "number")
    state = models.TextField()
    export = models.UUIDField()
    download = models.IntegerField()
    number = models.IntegerField()
    voters = ArrayField(models.UUIDField())

    class Meta:
        managed = False
        db_table = "lists_export_order"
