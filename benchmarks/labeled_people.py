"""Invented voters, and descriptions of them that are worn as those on a walk list are: with the answer beside."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from states.canvass.nicknames import NICKNAMES
from states.canvass.references import Description
from states.layouts.synthesis import DELIVERY_DAY
from states.layouts.synthetic.people import Order, households, people
from states.layouts.synthetic.places import precincts

Person = dict[str, Any]
SPACE: Final = UUID("5f0e6a52-8f7f-4a57-9d9a-6f3a2d7e1c44")
ABSENT_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Label:
    """A description, how it was worn, and whom it is about: None for nobody in the file."""

    kind: str
    told: Description
    voter: UUID | None


def invent_people(many: int, seed: int, drawn: random.Random) -> list[Person]:
    """Return people in households, with a pair of twins and a junior to every hundred."""
    order = Order("OH", many, seed, DELIVERY_DAY)
    frame = people(order, households(seed, 0, many), precincts("OH", many, seed))
    made = [
        _person(number, row) for number, row in enumerate(frame.iter_rows(named=True))
    ]
    for number in range(0, many, 100):
        made.append(_twin(made[number], drawn, f"twin {number}"))
        made.append(_junior(made[number + 50], drawn, f"junior {number}"))
    return made


def _person(number: int, row: dict[str, Any]) -> Person:
    return {
        "voter": str(uuid5(SPACE, str(number))),
        "first_name": row["first_name"],
        "middle_name": row["middle_name"],
        "last_name": row["last_name"],
        "suffix": row["name_suffix"],
        "birth_date": row["birth_date"].isoformat(),
        "address": row["res_address"],
        "zip5": row["res_zip5"],
        "phone": row["phone"],
        "email": row["email"],
    }


def _twin(of: Person, drawn: random.Random, name: str) -> Person:
    others = [
        one
        for one in ("DANA", "ROBIN", "JAMIE", "MARIO", "CLARA")
        if one != of["first_name"]
    ]
    own = {"voter": str(uuid5(SPACE, name)), "first_name": drawn.choice(others)}
    return {
        **of,
        **own,
        "middle_name": None,
        "suffix": None,
        "phone": None,
        "email": None,
    }


def _junior(of: Person, drawn: random.Random, name: str) -> Person:
    """Return a child of the same name at the same address; some files tell the suffix."""
    born = dt.date.fromisoformat(of["birth_date"]) + dt.timedelta(
        days=drawn.randrange(8000, 12000)
    )
    of["suffix"] = of["suffix"] or drawn.choice(["SR", None])
    own = {"voter": str(uuid5(SPACE, name)), "birth_date": born.isoformat()}
    return {
        **of,
        **own,
        "suffix": drawn.choice(["JR", "JR", None]),
        "phone": None,
        "email": None,
    }


def labeled_descriptions(
    everyone: list[Person], many: int, drawn: random.Random
) -> list[Label]:
    """Return descriptions of people in the file, and of some who are not."""
    labels = []
    kinds = sorted(WEAR)
    for number in range(many):
        person = drawn.choice(everyone)
        kind = kinds[number % len(kinds)]
        if drawn.random() < ABSENT_SHARE:
            labels.append(
                Label("absent", _told(_relative(person, drawn), kind, drawn), None)
            )
        else:
            told = _told(person, kind, drawn)
            labels.append(Label(kind, told, UUID(person["voter"])))
    return labels


def _relative(of: Person, drawn: random.Random) -> Person:
    """Return somebody who is not in the file: mostly of a family that is."""
    other = {**of, "middle_name": None, "suffix": None, "phone": None, "email": None}
    other["first_name"] = drawn.choice(["ORLA", "QUINN", "IMOGEN", "DESMOND", "BRAM"])
    way = drawn.randrange(3)
    if way == 0:  # a twin
        return other
    other["birth_date"] = (
        f"{drawn.randrange(1940, 2007)}-0{drawn.randrange(1, 10)}-{drawn.randrange(10, 28)}"
    )
    if way == 1:  # somebody in the household
        return other
    return {
        **other,
        "first_name": of["first_name"],
        "address": f"{drawn.randrange(10_000, 20_000)} NOWHERE PL",
    }


def _told(person: Person, kind: str, drawn: random.Random) -> Description:
    worn = {name: value for name, value in person.items() if name != "voter"}
    worn["phone"] = worn["email"] = None
    worn["address"] = _as_spoken(worn["address"], drawn)
    if drawn.random() < 0.6:
        worn["middle_name"] = None
    WEAR[kind](worn, drawn, person)
    return Description(**worn)


def _as_spoken(address: str, drawn: random.Random) -> str:
    long = {
        " ST": " Street",
        " AVE": " Avenue",
        " DR": " Drive",
        " RD": " Road",
        " LN": " Lane",
    }
    spoken = address
    for short, word in long.items():
        if spoken.endswith(short) and drawn.random() < 0.5:
            spoken = spoken.removesuffix(short) + word
    return spoken.title() if drawn.random() < 0.5 else spoken


def _slip(text: str, drawn: random.Random) -> str:
    """Return a text with one slip of the finger: a letter lost, doubled, wrong, or two in turn."""
    if len(text) < 3:
        return text
    at = drawn.randrange(1, len(text) - 1)
    return drawn.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + drawn.choice("AEIORSTLN") + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )


Wearing = Callable[[Person, random.Random, Person], None]


def _slip_in(name: str) -> Wearing:
    def wear(worn: Person, drawn: random.Random, _person: Person) -> None:
        worn[name] = _slip(worn[name], drawn)

    return wear


def _nickname(worn: Person, drawn: random.Random, _person: Person) -> None:
    others = sorted(NICKNAMES.get(worn["first_name"], {worn["first_name"]}))
    worn["first_name"] = drawn.choice(others)


def _moved(worn: Person, drawn: random.Random, _person: Person) -> None:
    worn["address"] = (
        f"{drawn.randrange(100, 9_000)} {drawn.choice(['ALDER', 'QUARRY'])} LN"
    )
    worn["zip5"] = f"4{drawn.randrange(4000, 5999)}"


def _married(worn: Person, drawn: random.Random, _person: Person) -> None:
    worn["last_name"] = drawn.choice(["FAIRWEATHER", "LINDQVIST", "ABERNATHY"])


def _without_birth(worn: Person, _drawn: random.Random, _person: Person) -> None:
    worn["birth_date"] = None


def _year_alone(worn: Person, _drawn: random.Random, _person: Person) -> None:
    worn["birth_year"] = int(worn["birth_date"][:4])
    worn["birth_date"] = None


def _day_turned(worn: Person, _drawn: random.Random, _person: Person) -> None:
    year, month, day = worn["birth_date"].split("-")
    if int(day) <= 12:
        worn["birth_date"] = f"{year}-{day}-{month}"


def _without_address(worn: Person, _drawn: random.Random, _person: Person) -> None:
    worn["address"] = worn["zip5"] = None


def _without_suffix(worn: Person, _drawn: random.Random, _person: Person) -> None:
    worn["suffix"] = None


def _by_phone(worn: Person, _drawn: random.Random, person: Person) -> None:
    worn["phone"], worn["birth_date"] = person["phone"], None
    worn["address"] = worn["address"] if person["phone"] is None else None


WEAR: Final[dict[str, Wearing]] = {
    "address slip": _slip_in("address"),
    "birth turned": _day_turned,
    "birth year alone": _year_alone,
    "exact": lambda *_: None,
    "first name slip": _slip_in("first_name"),
    "last name slip": _slip_in("last_name"),
    "married": _married,
    "moved": _moved,
    "nickname": _nickname,
    "no address": _without_address,
    "no birth": _without_birth,
    "no suffix": _without_suffix,
    "phone and name": _by_phone,
}
