"""Statements that the walls of the canvass tables must refuse, whoever types them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from coop.actors import NOBODY, Action, Actor
from tests.cast import Cast

INBOX: Final = (
    "INSERT INTO canvass_inbox (state, contact, voter, place, organization, principal, source,"
    " event_id, receipt, pooled, event_time, body, status) VALUES ('{state}', gen_random_uuid(),"
    " gen_random_uuid(), {place}, '{organization}', '{principal}', '', gen_random_uuid()::text,"
    " gen_random_uuid(), {pooled}, now(), '{{}}', '{status}')"
)
KEY: Final = "INSERT INTO canvass_event_key VALUES ('OH', '{organization}', '', 'x', '', gen_random_uuid())"
CONTACT: Final = (
    "INSERT INTO canvass_contact (state, contact, voter, place, organization, pooled, contact_type,"
    " input_type, result_code, event_time, received_at) VALUES ('OH', gen_random_uuid(),"
    " gen_random_uuid(), 1, '{organization}', true, 1, 11, 1, now(), now())"
)
DETAIL: Final = (
    "INSERT INTO canvass_contact_detail (state, contact, voter, place, organization, source, event_id)"
    " VALUES ('OH', gen_random_uuid(), gen_random_uuid(), 1, '{organization}', '', 'x')"
)
CODED: Final = (
    "INSERT INTO canvass_coded (state, voter, organization, code, place, applied, event_time, seq)"
    " VALUES ('OH', gen_random_uuid(), '{organization}', gen_random_uuid(), 1, true, now(), 1)"
)
STANDING: Final = (
    "INSERT INTO canvass_standing (state, voter, audience, place, last_contact_at, last_contact_type,"
    " last_result, last_seq, attempts) VALUES ('OH', gen_random_uuid(), '{audience}', 1, now(), 1, 1, 1, 1)"
)
ASSERTION: Final = (
    "INSERT INTO canvass_suppression_assertion (state, assertion, voter, place, kind, organization, source,"
    " contact, event_time) VALUES ('OH', gen_random_uuid(), gen_random_uuid(), 1, 'call', '{organization}',"
    " '', gen_random_uuid(), now())"
)
CHANGE: Final = (
    "INSERT INTO feeds_change (state, seq, kind, voter, place, audience, organization, occurred_at)"
    " VALUES ('OH', 1000, '{kind}', {voter}, {place}, '{audience}', {organization}, now())"
)
QUESTION: Final = (
    "INSERT INTO canvass_survey_question (id, organization, type, name, medium_name, short_name,"
    " script_question, status, created_at) VALUES (gen_random_uuid(), '{organization}', 'x', 'x', '', '', '',"
    " 'active', now())"
)
CODE: Final = (
    "INSERT INTO canvass_activist_code (id, organization, type, name, medium_name, short_name, description,"
    " status, created_at) VALUES (gen_random_uuid(), '{organization}', 'x', 'x', '', '', '', 'active', now())"
)
RECEIPT: Final = (
    "INSERT INTO canvass_receipt (id, organization, principal, source, received_at, states, accepted,"
    " duplicate, rejected, rejections) VALUES (gen_random_uuid(), '{organization}', gen_random_uuid(), '',"
    " now(), '{{}}', 1, 0, 0, '[]')"
)
JOB: Final = (
    "INSERT INTO canvass_job (id, organization, principal, principal_kind, source, format, status, done,"
    " successful, failed, error, created_at, worker) VALUES (gen_random_uuid(), '{organization}',"
    " gen_random_uuid(), 'person', '', 'csv', 'Open', 0, 0, 0, '', now(), '')"
)


def inbox(actor: Actor, **terms: Any) -> str:
    values = {
        "state": "OH",
        "place": 1,
        "organization": actor.organization,
        "principal": actor.principal,
        "pooled": "true",
        "status": "queued",
    }
    return INBOX.format(**(values | terms))


def change(audience: UUID, organization: UUID | None, kind: str = "contact") -> str:
    about = kind != "publication"
    return CHANGE.format(
        kind=kind,
        voter="gen_random_uuid()" if about else "NULL",
        place=1 if about else "NULL",
        audience=audience,
        organization=f"'{organization}'" if organization else "NULL",
    )


Attack = Callable[[Cast], tuple[Actor, Action, str]]
OWN_TABLES: Final = {
    "a receipt": (RECEIPT, Action.CONTRIBUTE),
    "a job": (JOB, Action.MANAGE),
    "a question": (QUESTION, Action.MANAGE),
    "a code": (CODE, Action.MANAGE),
    "an event id": (KEY, Action.CONTRIBUTE),
    "an assertion": (ASSERTION, Action.APPLY),
}
ATTACKS: Final[dict[str, Attack]] = {
    "push for another": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, organization=c.rival.organization),
    ),
    "push as another": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, principal=c.rival.principal),
    ),
    "push while reading": lambda c: (
        c.outside_group,
        Action.READ,
        inbox(c.outside_group),
    ),
    "push while applying": lambda c: (
        c.outside_group,
        Action.APPLY,
        inbox(c.outside_group),
    ),
    "push what is done already": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, status="applied"),
    ),
    "push outside the places": lambda c: (
        c.rival,
        Action.CONTRIBUTE,
        inbox(c.rival, place=1, pooled="true"),
    ),
    "push outside the state": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, state="NC", place=6),
    ),
    "push to the shielded": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, place=-39),
    ),
    "push to the shielded as the owner": lambda c: (
        c.ohio,
        Action.CONTRIBUTE,
        inbox(c.ohio, place=-39),
    ),
    "push without contribute": lambda c: (
        c.campaign,
        Action.CONTRIBUTE,
        inbox(c.campaign),
    ),
    "push as a stranger": lambda c: (c.stranger, Action.CONTRIBUTE, inbox(c.stranger)),
    "pool what is held": lambda c: (
        c.rival,
        Action.CONTRIBUTE,
        inbox(c.rival, place=2, pooled="true"),
    ),
    "hold what is pooled": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        inbox(c.outside_group, pooled="false"),
    ),
    "apply what was never pushed": lambda c: (
        c.outside_group,
        Action.APPLY,
        CONTACT.format(organization=c.outside_group.organization),
    ),
    "write details without the inbox": lambda c: (
        c.outside_group,
        Action.APPLY,
        DETAIL.format(organization=c.outside_group.organization),
    ),
    "put a code on by hand": lambda c: (
        c.outside_group,
        Action.APPLY,
        CODED.format(organization=c.outside_group.organization),
    ),
    "set values of another": lambda c: (
        c.outside_group,
        Action.APPLY,
        STANDING.format(audience=c.rival.organization),
    ),
    "set values while contributing": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        STANDING.format(audience=c.outside_group.organization),
    ),
    "bind everyone directly": lambda c: (
        c.ohio,
        Action.APPLY,
        (
            "INSERT INTO canvass_suppression VALUES"
            " ('OH', gen_random_uuid(), 'call', gen_random_uuid(), 1, '2026-11-01')"
        ),
    ),
    "change what was asserted": lambda c: (
        c.ohio,
        Action.MANAGE,
        "UPDATE canvass_suppression_assertion SET kind = 'door'",
    ),
    "rewrite history": lambda c: (
        c.ohio,
        Action.APPLY,
        "UPDATE canvass_contact SET result_code = 1",
    ),
    "delete history": lambda c: (c.ohio, Action.APPLY, "DELETE FROM canvass_contact"),
    "forget an event id": lambda c: (
        c.outside_group,
        Action.APPLY,
        "DELETE FROM canvass_event_key",
    ),
    "change what was pushed": lambda c: (
        c.outside_group,
        Action.APPLY,
        "UPDATE canvass_inbox SET body = '{}'",
    ),
    "tell of another's contact": lambda c: (
        c.outside_group,
        Action.APPLY,
        change(NOBODY, c.rival.organization),
    ),
    "tell another alone": lambda c: (
        c.outside_group,
        Action.APPLY,
        change(c.rival.organization, c.outside_group.organization),
    ),
    "tell while reading": lambda c: (
        c.outside_group,
        Action.READ,
        change(NOBODY, c.outside_group.organization),
    ),
    "tell of a publication": lambda c: (
        c.ohio,
        Action.APPLY,
        change(NOBODY, None, "publication"),
    ),
    "lift in another's state": lambda c: (
        c.carolina,
        Action.MANAGE,
        change(NOBODY, None, "suppression"),
    ),
    "name who opted a voter out": lambda c: (
        c.outside_group,
        Action.APPLY,
        change(NOBODY, c.outside_group.organization, "suppression"),
    ),
    "read the counter": lambda c: (c.ohio, Action.READ, "SELECT * FROM feeds_position"),
    "read a partition": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT * FROM partitions.canvass_contact_oh",
    ),
    "take numbers while reading": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT sec.take_feed_numbers('OH', 1)",
    ),
    "lock places while reading": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT sec.lock_places('OH')",
    ),
    "bind in another's state": lambda c: (
        c.carolina,
        Action.MANAGE,
        "SELECT sec.bind_suppressions('OH', '{}')",
    ),
    "tell of a row of another's job": lambda c: (
        c.outside_group,
        Action.MANAGE,
        (
            "INSERT INTO canvass_job_row (job, row, organization, code, pointer, detail) VALUES"
            f" (gen_random_uuid(), 1, '{c.outside_group.organization}', '', '', '')"
        ),
    ),
    "push blindly where one may read": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        "SELECT sec.push_blind('OH', '[]', gen_random_uuid(), '', now())",
    ),
    "push blindly without a grant": lambda c: (
        c.stranger,
        Action.CONTRIBUTE,
        "SELECT sec.push_blind('OH', '[]', gen_random_uuid(), '', now())",
    ),
    "amend blindly what is not there": lambda c: (
        c.outside_group,
        Action.CONTRIBUTE,
        (
            "SELECT sec.amend_blind('OH', gen_random_uuid(), 'retraction', '{}', gen_random_uuid(),"
            " '', now())"
        ),
    ),
    "settle what waits in another's state": lambda c: (
        c.carolina,
        Action.MANAGE,
        "SELECT sec.settle_unmatched('OH', gen_random_uuid(), NULL)",
    ),
    "settle what waits while reading": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT sec.settle_unmatched('OH', gen_random_uuid(), NULL)",
    ),
    "read what a waiting contact answers": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT body FROM canvass_unmatched",
    ),
    "read whose a held contact that waits is": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT organization FROM canvass_unmatched",
    ),
    "read who pushes blindly": lambda c: (
        c.ohio,
        Action.READ,
        "SELECT * FROM canvass_blind_pusher",
    ),
    "publish": lambda c: (
        c.ohio,
        Action.MANAGE,
        "SELECT sec.append_publication_change('OH', 1)",
    ),
}


def _written_by(
    statement: str, action: Action, *, for_another: bool
) -> Callable[[Cast], tuple[Actor, Action, str]]:
    def attack(cast: Cast) -> tuple[Actor, Action, str]:
        whose = cast.rival if for_another else cast.outside_group
        named = statement.format(organization=whose.organization)
        return cast.outside_group, action, named

    return attack


for _what, (_statement, _action) in OWN_TABLES.items():
    ATTACKS[f"{_what} for another"] = _written_by(_statement, _action, for_another=True)
    ATTACKS[f"{_what} while reading"] = _written_by(
        _statement, Action.READ, for_another=False
    )
