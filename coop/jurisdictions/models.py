"""States, their counties and places, and each state's policy on sharing its file."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models


class PartyBasis(models.TextChoices):
    """What the field `party` rests on in a state's file."""

    REGISTERED = "registered"
    LAST_PRIMARY = "last_primary"


class Purpose(models.TextChoices):
    """What a voter file may be used for; a state's policy names those its law allows."""

    ELECTION = "election"
    POLITICAL = "political"
    GOVERNMENTAL = "governmental"
    SCHOLARLY = "scholarly"
    JOURNALISTIC = "journalistic"


COUNT_THRESHOLDS: Final = (10, 1_000)
"""The least and the greatest figure below which a party may withhold counts."""
COUNT_ANSWERS: Final = (1, 1_000_000)
"""The fewest and the most answers a month that a party may give to who counts without reading."""


class State(models.Model):
    """One state of the union, and the state party that owns its data, once opened.

    `owner` is an organization's id (organizations lie above this app).
    `place_kinds` are the kinds of geography its file carries, so that a grant can name them.
    """

    code = models.CharField(max_length=2, primary_key=True)
    fips = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=40)
    owner = models.UUIDField(null=True, unique=True)
    party_basis = models.CharField(max_length=12, choices=PartyBasis)
    place_kinds = ArrayField(models.CharField(max_length=32), default=list)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [
            ("count_voters", "Count voters of the state"),
            ("read_voters", "Read voters of the state"),
            ("export_voters", "Export voters of the state"),
            ("contribute_contacts", "Contribute contacts to the state"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def shielded_place(self) -> int:
        """The number of the place that only the owner sees: below zero, unique in the nation."""
        return -self.fips


class County(models.Model):
    """A county or its equal, by its five-digit FIPS code."""

    fips = models.PositiveIntegerField(primary_key=True)
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="counties")
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.name}, {self.state_id}"


class Place(models.Model):
    """A distinct combination of county and districts; below zero for the shielded one.

    Districts are the state's numbers as text, '' where the file carries none.
    """

    pk = models.CompositePrimaryKey("state", "place")
    state = models.CharField(max_length=2)
    place = models.IntegerField()
    county = models.IntegerField(null=True)
    us_house_district = models.TextField(default="")
    state_senate_district = models.TextField(default="")
    state_house_district = models.TextField(default="")

    class Meta:
        managed = False
        db_table = "jurisdictions_place"


class StatePolicy(models.Model):
    """What a state's law lets its party do with the file; nothing before it is reviewed.

    Who may count but not read sees no figure below `count_threshold`, with noise half as
    wide, and `count_answers_month` answers a calendar month (UTC).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.OneToOneField(State, on_delete=models.PROTECT, related_name="policy")
    purposes = ArrayField(models.CharField(max_length=40), default=list)
    recipients = ArrayField(models.CharField(max_length=24), default=list)
    resharing = models.BooleanField(default=False)
    attestation = models.TextField(default="", blank=True)
    citation = models.TextField(default="", blank=True)
    count_threshold = models.PositiveSmallIntegerField(default=20, db_default=20)
    count_answers_month = models.PositiveIntegerField(default=500, db_default=500)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(count_threshold__range=COUNT_THRESHOLDS),
                name="policy_counts_no_fewer_than_ten",
            ),
            models.CheckConstraint(
                condition=models.Q(count_answers_month__range=COUNT_ANSWERS),
                name="policy_limits_the_answers_of_a_month",
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.state_id}"
