"""What other tools call our fields and values, and what they take for fields: for suggestions only, nothing is read by these."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FIELDS_ELSEWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "zip": ("res_zip5",),
        "zipcode": ("res_zip5",),
        "city": ("res_city",),
        "address": ("res_address",),
        "street": ("res_address",),
        "dob": ("birth_date",),
        "birthday": ("birth_date",),
        "sex": ("gender",),
        "name": ("first_name", "last_name"),
        "precinct": ("precinct_code", "precinct_name"),
        "cd": ("us_house_district",),
        "congressional_district": ("us_house_district",),
        "sd": ("state_senate_district",),
        "hd": ("state_house_district",),
        "ld": ("state_house_district",),
        "registered": ("registration_date",),
        "reg_date": ("registration_date",),
        "datereg": ("registration_date",),
        "election": ("voted",),
        "history": ("voted",),
        "result": ("last_result",),
        "canvassed": ("last_reached",),
        "notreached": ("last_reached",),
        "activist": ("activist_code",),
        "activist_codes": ("activist_code",),
        "vanid": ("state_voter_id",),
        "voter_id": ("state_voter_id",),
        "statefileid": ("state_voter_id",),
    }
)
"""What people call a field elsewhere, and letters do not tell (or tell wrongly) → the standard names."""

NO_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "has": "Whoever has one is found by phone:*, whoever has none by -phone:*.",
        "is": "Name the field that says so, such as status:active.",
        "in": "Name a list by its id: list:<id>.",
        "label": "Name a list by its id: list:<id>.",
        "limit": "How many is no criterion: send limit beside the criteria.",
        "order": "An order is no criterion: send order beside the criteria.",
        "sort": "An order is no criterion: send order beside the criteria.",
        "score": "Name the score set, such as score.turnout>=70.",
        "turnout": "A score set is named score.turnout; votes are asked about by voted:2of4G.",
        "answer": "Name the state and its question, such as answer.oh.signs:yes.",
        "household": "Households are counted, not searched: ask a count for figures.",
        "dnc": "Write suppressions:call.",
        "do_not_call": "Write suppressions:call.",
        "do_not_text": "Write suppressions:text.",
        "state": "Which states are asked about is said beside the criteria: states.",
    }
)
"""What people type in the place of a field, and what to do instead."""

VALUES_ELSEWHERE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "party": {
            **dict.fromkeys(("dem", "dems", "democrat", "democratic", "blue"), "D"),
            **dict.fromkeys(("rep", "reps", "gop", "republican", "red"), "R"),
            **dict.fromkeys(("lib", "libertarian"), "L"),
            **dict.fromkeys(("green", "grn"), "G"),
            **dict.fromkeys(("con", "constitution"), "C"),
            **dict.fromkeys(
                ("none", "npa", "npp", "ind", "i", "u", "unaffiliated", "independent"),
                "N",
            ),
            "other": "O",
        },
        "gender": {
            **dict.fromkeys(("female", "woman", "women", "w"), "F"),
            **dict.fromkeys(("male", "man", "men"), "M"),
            **dict.fromkeys(("nonbinary", "nb"), "X"),
            "unknown": "U",
        },
        "status": {
            "a": "active",
            "i": "inactive",
            "p": "pending",
            "cancelled": "removed",
        },
        "suppressions": {
            **dict.fromkeys(
                ("phone", "calls", "dnc", "do_not_call", "donotcall"), "call"
            ),
            **dict.fromkeys(("sms", "texts", "dnt", "do_not_text"), "text"),
            **dict.fromkeys(("walk", "knock", "do_not_knock", "visit"), "door"),
            "dead": "deceased",
            "bad_number": "wrong_number",
        },
        "last_result": {
            "reached": "canvassed",
            "nh": "not_home",
            "dead": "deceased",
            "dnc": "do_not_call",
        },
        "last_contact_type": {
            "door": "walk",
            "call": "phone",
            "sms": "sms_text",
            "text": "sms_text",
        },
    }
)
"""Field → what people call its codes elsewhere, in small letters → the code."""

SUPPORT_WORDS: Mapping[str, int] = MappingProxyType(
    {
        "strong": 1,
        "strong support": 1,
        "lean": 2,
        "support": 2,
        "lean support": 2,
        "undecided": 3,
        "neutral": 3,
        "lean oppose": 4,
        "oppose": 5,
        "opposed": 5,
        "strong oppose": 5,
    }
)
"""What people say for the figures of the state's support question, in small letters."""
