"""The canonical codes that every state's own codes are translated into.

A state's own code is kept beside in the field's ``_raw`` column, so a
translation that proves wrong can be redone without the file.
"""

STATUSES = ("active", "inactive", "pending", "removed", "preregistered", "other")

# N is "in no party"; a party outside the table is O, never N.
PARTIES = ("D", "R", "L", "G", "C", "N", "O")

# Whether the state registers parties, or the letter is the last primary ballot.
PARTY_BASES = ("registered", "last_primary")

GENDERS = ("F", "M", "X", "U")

# Some states hold one question on race and ethnicity: hence "hispanic" and the
# joint "asian_pacific_islander" among the races. "unknown" is the voter's or
# the state's own answer; a blank is no answer and stays null.
RACES = (
    "american_indian",
    "asian",
    "asian_pacific_islander",
    "black",
    "hispanic",
    "multiracial",
    "other",
    "pacific_islander",
    "unknown",
    "white",
)
ETHNICITIES = ("hispanic", "not_hispanic", "unknown")

ELECTION_TYPES = (
    "general",
    "primary",
    "presidential_primary",
    "runoff",
    "special",
    "municipal",
    "other",
)
VOTE_METHODS = ("election_day", "early", "mail", "provisional", "other", "unknown")

BALLOT_STATUSES = ("requested", "sent", "returned", "accepted", "rejected")
BALLOT_METHODS = ("mail", "early", "election_day", "other")

CONTACT_TYPES = (
    "phone",
    "walk",
    "auto_dial",
    "sms_text",
    "email",
    "mail",
    "event",
    "door_hanger",
)
RESULTS = (
    "not_home",
    "canvassed",
    "busy",
    "left_message",
    "wrong_number",
    "disconnected",
    "do_not_text",
    "contacted_with_notes",
    "refused",
    "texted",
    "deceased",
    "moved",
    "do_not_call",
    "inaccessible",
    "language_barrier",
)
SUPPRESSIONS = ("call", "text", "door", "wrong_number", "deceased", "moved")
