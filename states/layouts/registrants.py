"""Rules of the registration system whose lists Arkansas, Kansas and Nebraska publish, written once.

Its columns have the same names in each state but for case and a few words.
"""

from collections.abc import Callable

from states.layouts.rules import MailLines, Phone, Rule, Street, Text, Zip

Spelling = Callable[[str], str]


def as_named(column: str) -> str:
    """Spell a column as the system itself does."""
    return column


def person_rules(spelled: Spelling = as_named) -> tuple[Rule, ...]:
    """Give the rules of name, residence, telephone and mail, with the columns as a state spells them."""
    return (
        Text("first_name", (spelled("text_name_first"),)),
        Text("middle_name", (spelled("text_name_middle"),)),
        Text("last_name", (spelled("text_name_last"),)),
        Text("name_suffix", (spelled("cde_name_suffix"),)),
        *_residence(spelled),
        Phone(
            tuple(
                spelled(f"text_phone_{part}")
                for part in ("area_code", "exchange", "last_four")
            )
        ),
        MailLines(tuple(spelled(f"text_mail_address{at}") for at in range(1, 5))),
        Text("mail_city", (spelled("text_mail_city"),)),
        Text("mail_state", (spelled("cde_mail_state"),)),
        Zip(zip5="mail_zip5", column=spelled("text_mail_zip5")),
    )


def _residence(spelled: Spelling) -> tuple[Rule, ...]:
    number, name = spelled("text_res_address_nbr"), spelled("text_street_name")
    unit = (spelled("cde_res_unit_type"), spelled("text_res_unit_nbr"))
    return (
        Street(
            target="res_address",
            columns=(
                number,
                spelled("text_res_address_nbr_suffix"),
                spelled("cde_street_dir_prefix"),
                name,
                spelled("cde_street_type"),
                spelled("cde_street_dir_suffix"),
            ),
            number=number,
            name=name,
        ),
        Street(target="res_address2", columns=unit, number=unit[0], name=unit[1]),
        Text("res_city", (spelled("text_res_city"),)),
        Text("res_state", (spelled("cde_res_state"),)),
        Zip(
            zip5="res_zip5",
            column=spelled("text_res_zip5"),
            zip4="res_zip4",
            plus4=spelled("text_res_zip4"),
        ),
    )
