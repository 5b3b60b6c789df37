"""Published voters, one model per field group; written by publications alone.

The tables and their walls are made by SQL (partitioned by state, keyed with it); the
models mirror them for reading. No foreign keys leave a state's own set.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Publication(models.Model):
    """One published import of a state: how fresh its voters are, and their figures."""

    pk = models.CompositePrimaryKey("state", "number")
    state = models.TextField()
    number = models.IntegerField()
    import_id = models.UUIDField()
    file_date = models.DateField()
    counties = ArrayField(models.IntegerField(), null=True)
    published_at = models.DateTimeField()
    figures = models.JSONField()

    class Meta:
        managed = False
        db_table = "voters_publication"


class Registration(models.Model):
    """One registration; field group `registration`. `shielded` says why only the owner sees it."""

    pk = models.CompositePrimaryKey("state", "voter")
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    shielded = models.TextField(null=True)
    publication = models.IntegerField()
    fingerprint = models.BinaryField()
    state_voter_id = models.TextField()
    county_voter_id = models.TextField(null=True)
    first_name = models.TextField(null=True)
    middle_name = models.TextField(null=True)
    last_name = models.TextField(null=True)
    name_suffix = models.TextField(null=True)
    status = models.TextField()
    status_raw = models.TextField(null=True)
    registration_date = models.DateField(null=True)
    party = models.TextField(null=True)
    party_raw = models.TextField(null=True)
    county = models.IntegerField(null=True)
    precinct_code = models.TextField(null=True)
    precinct_name = models.TextField(null=True)
    municipality = models.TextField(null=True)
    ward = models.TextField(null=True)
    school_district = models.TextField(null=True)
    us_house_district = models.TextField(null=True)
    state_senate_district = models.TextField(null=True)
    state_house_district = models.TextField(null=True)
    res_address = models.TextField(null=True)
    res_address_raw = models.TextField(null=True)
    res_address2 = models.TextField(null=True)
    res_city = models.TextField(null=True)
    res_state = models.TextField(null=True)
    res_zip5 = models.TextField(null=True)
    res_zip4 = models.TextField(null=True)
    name_key = models.TextField(null=True, editable=False)
    address_key = models.TextField(null=True, editable=False)
    household = models.BigIntegerField(null=True, editable=False)
    walk_rank = models.TextField(null=True, editable=False)
    ordinal = models.IntegerField(null=True, editable=False)

    class Meta:
        managed = False
        db_table = "voters_registration"


class Demographics(models.Model):
    """Age, gender, race and ethnicity; field group `demographics`."""

    pk = models.CompositePrimaryKey("state", "voter")
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    birth_date = models.DateField(null=True)
    birth_year = models.SmallIntegerField(null=True)
    gender = models.TextField(null=True)
    gender_raw = models.TextField(null=True)
    race = models.TextField(null=True)
    race_raw = models.TextField(null=True)
    ethnicity = models.TextField(null=True)
    ethnicity_raw = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "voters_demographics"


class ContactDetails(models.Model):
    """Phone (E.164), e-mail and mailing address; field group `contact_details`."""

    pk = models.CompositePrimaryKey("state", "voter")
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    phone = models.TextField(null=True)
    email = models.TextField(null=True)
    mail_line1 = models.TextField(null=True)
    mail_line2 = models.TextField(null=True)
    mail_city = models.TextField(null=True)
    mail_state = models.TextField(null=True)
    mail_zip5 = models.TextField(null=True)
    mail_country = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "voters_contactdetails"


class VoteHistory(models.Model):
    """Elections voted in, compactly; field group `vote_history`. The three arrays run in parallel."""

    pk = models.CompositePrimaryKey("state", "voter")
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    elections = ArrayField(models.IntegerField())
    methods = ArrayField(models.TextField())
    parties = ArrayField(models.TextField())
    last_voted_date = models.DateField(null=True)
    times_voted = models.IntegerField(editable=False)

    class Meta:
        managed = False
        db_table = "voters_votehistory"


class Election(models.Model):
    """A state's number for an election; public facts."""

    pk = models.CompositePrimaryKey("state", "election")
    state = models.TextField()
    election = models.IntegerField()
    date = models.DateField()
    type = models.TextField()
    name = models.TextField()

    class Meta:
        managed = False
        db_table = "voters_election"


class Ballot(models.Model):
    """How far a voter's ballot of one election has come; field group `ballots`.

    `ballot_election` is its day and type, `2026-11-03 general`.
    """

    pk = models.CompositePrimaryKey("state", "ballot_election", "voter")
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    ballot_election = models.TextField()
    ballot_status = models.TextField()
    ballot_date = models.DateField()
    ballot_method = models.TextField(null=True)
    requested_on = models.DateField(null=True)
    sent_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    accepted_on = models.DateField(null=True)
    rejected_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "voters_ballot"


class BallotElection(models.Model):
    """An election that a state has ballots of; known to whoever has to do with the state."""

    pk = models.CompositePrimaryKey("state", "ballot_election")
    state = models.TextField()
    ballot_election = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "voters_ballotelection"
