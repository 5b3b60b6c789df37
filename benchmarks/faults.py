"""What survives when everything is killed: clients push with retries while a nemesis tears the house down.

    python -m benchmarks.faults --json [--minutes M] [--seed S]

Clients push contacts, correct and retract some, and tell of opt-outs, opt-ins, wrong numbers,
deaths and moves. The nemesis kills -9 the web, the workers, the sender, the preparer and beat, flushes and kills Valkey,
stops PostgreSQL as in a crash, revokes grants and makes them anew, lifts as the owner what an
organization said of opt-outs, and puts rows into the inbox that cannot be applied. Meanwhile a webhook's
receiver is told of news, and the state's party orders exports. At the end every acknowledged event must be applied
exactly once or visibly set aside, current values and what binds must equal a plain-Python oracle, the feed must have
lost and doubled nothing, figures and counts over HTTP must equal rows, the ledger must tell all of it, the webhook must have told of
every change, and each export must hold every voter once. It ends with 1 where
anything differs; `differences` then says what.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from benchmarks.fault_bystanders import Hooked, Orderer, hooked
from benchmarks.fault_clients import Follower, Pusher
from benchmarks.fault_counts import count_questions
from benchmarks.fault_events import OPT_OUTS
from benchmarks.fault_oracle import compare, standing_contacts
from benchmarks.fault_protection import Lift, compare_protection
from benchmarks.running_house import (
    House,
    behind_the_walls,
    license_to_contribute,
    running_house,
    stop_postgresql_immediately,
)
from coop import embedded
from coop.actors import Action
from coop.db.scope import acting_as
from coop.embedded.folder import RunFolder, open_run_folder
from coop.grants.actions import revoke_grant
from states.canvass.protecting import lift_suppressions

ORGANIZATIONS = 4
VOTERS = 1500
MUST_BE_NOTHING: Final = (
    *("lost", "doubled", "differences"),
    *("untold", "exports_broken", "hook_messages_forged", "counts_wrong"),
)
POISON: Final[dict[str, object]] = {
    "contact_type": 1,
    "input_type": 11,
    "result_code": 99_999,
    "support": None,
    "suppressions": [],
    "opt_ins": [],
    "canvasser": None,
    "phone": None,
    "survey_responses": [],
    "activist_codes": [],
}


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with running_house(organizations=ORGANIZATIONS, voters=VOTERS) as house:
        # The receiver is on this machine, which a webhook reaches in development alone.
        house.apart["sender"] = {"DEBUG": "true"}
        house.kill("sender")
        house.start("sender")
        figures = torment(house, options.minutes * 60, options.seed)
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:16} {value}\n")
    return 1 if any(figures[name] for name in MUST_BE_NOTHING) else 0


def torment(house: House, seconds: float, seed: int) -> dict[str, object]:
    """Push, follow and tear down for so long; then let it rest, and look at what is there."""
    stop, resting = threading.Event(), threading.Event()
    nemesis = Nemesis(house, random.Random(seed))  # noqa: S311 - a benchmark's draw
    pushers = [
        Pusher(
            *(house.url, member, house.voters, seed * 16 + number, stop),
            lambda: len(nemesis.lifts),
        )
        for number, member in enumerate(house.members)
    ]
    follower = Follower(house.url, house.owner.key)
    orderer = Orderer(house, lambda: not stop.is_set())
    threads = [threading.Thread(target=one.run) for one in pushers]
    threads.append(threading.Thread(target=orderer.run))
    reader = threading.Thread(
        target=follower.follow, args=[lambda: not resting.is_set()]
    )
    with hooked(house) as hook:
        for thread in (*threads, reader):
            thread.start()
        nemesis.told = lambda: set(follower.seen)
        try:
            nemesis.rage(time.monotonic() + seconds)
        finally:
            nemesis.mend()
            stop.set()
            for thread in threads:
                thread.join()
            house.wait_until_drained()
            resting.set()
            reader.join()
        hook.wait_until_told()
    return (
        judge(pushers, follower, nemesis)
        | _bystanders(hook, orderer, follower)
        | count_questions(house)
    )


def _bystanders(
    hook: Hooked, orderer: Orderer, follower: Follower
) -> dict[str, object]:
    """Return what became of the webhook and of the exports."""
    return {
        "untold": len(set(follower.seen) - hook.told),
        "exports": len(orderer.links),
        "exports_broken": orderer.broken(),
        "hook_messages": len(hook.messages),
        "hook_messages_again": hook.again,
        "hook_messages_forged": hook.forged,
    }


@dataclass(slots=True)
class Nemesis:
    """Who tears the house down, at random but by a seed, and puts it up again."""

    house: House
    draw: random.Random
    faults: Counter[str] = field(default_factory=Counter)
    told: Callable[[], set[str]] = set
    poisoned: list[UUID] = field(default_factory=list)
    lifts: list[Lift] = field(default_factory=list)
    folder: RunFolder = field(
        default_factory=lambda: open_run_folder(settings.RUN_FOLDER)
    )

    def rage(self, until: float) -> None:
        """Do one bad thing after the other."""
        evils: Sequence[Callable[[], None]] = (
            self.kill_worker,
            self.kill_worker,
            self.kill_web,
            self.kill_beat,
            self.kill_sender,
            self.kill_preparer,
            self.flush_valkey,
            self.kill_valkey,
            self.crash_postgresql,
            self.revoke_and_restore,
            self.poison,
            self.poison,
            self.lift,
        )
        while time.monotonic() < until:
            time.sleep(self.draw.uniform(0.3, 2.0))
            evil = self.draw.choice(evils)
            evil()
            self.faults[evil.__name__] += 1

    def mend(self) -> None:
        """Put up again whatever is down."""
        embedded.start(self.folder)
        for name, process in list(self.house.started.items()):
            if process.poll() is not None:
                self._again(name)
        self.house.wait_until_ready()

    def _again(self, name: str) -> None:
        self.house.kill(name)
        time.sleep(self.draw.uniform(0.0, 1.0))
        self.house.start(name)

    def kill_worker(self) -> None:
        self._again("worker")

    def kill_web(self) -> None:
        self._again("web")
        self.house.wait_until_ready()  # else nobody would push while other things fall

    def kill_beat(self) -> None:
        self._again("beat")

    def kill_sender(self) -> None:
        self._again("sender")

    def kill_preparer(self) -> None:
        self._again("preparer")

    def flush_valkey(self) -> None:
        try:
            cache.clear()
        except RedisError:  # it is down already
            return

    def kill_valkey(self) -> None:
        pid = embedded.valkey.running_pid(self.folder)
        if pid is not None:
            _kill(pid)
        time.sleep(self.draw.uniform(0.0, 1.0))
        embedded.start(self.folder)

    def crash_postgresql(self) -> None:
        connection.close()
        stop_postgresql_immediately(self.folder)
        time.sleep(self.draw.uniform(0.0, 1.0))
        embedded.start(self.folder)

    def revoke_and_restore(self) -> None:
        """End a member's grant for a while, and make another."""
        member, owner = self.draw.choice(self.house.members), self.house.owner.actor
        assert member.grant is not None
        revoke_grant(grant=member.grant, reason="The nemesis asked.", by=owner)
        time.sleep(self.draw.uniform(0.0, 1.0))
        member.grant = license_to_contribute(member, owner=owner)

    def lift(self) -> None:
        """Lift, as the state's owner, what one organization said of one kind of opt-out."""
        member, kind = self.draw.choice(self.house.members), self.draw.choice(OPT_OUTS)
        told = frozenset(self.told())
        lift_suppressions(
            state="OH",
            organization=member.organization,
            kind=kind,
            by=self.house.owner.actor,
        )
        self.lifts.append(Lift(member.organization, kind, told))

    def poison(self) -> None:
        """Put a row into the inbox that no push would, since it cannot be applied."""
        member, contact = self.draw.choice(self.house.members), uuid4()
        with acting_as(member.actor, Action.CONTRIBUTE), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO canvass_inbox (state, contact, voter, place, organization, principal,"
                " source, event_id, receipt, pooled, event_time, body)"
                " SELECT 'OH', %s, v.voter, v.place, %s, %s, 'poison', %s, %s, %s, now(), %s"
                " FROM sec.contributable('OH', ARRAY[%s]::uuid[], '{}') AS v",
                [
                    contact,
                    member.organization,
                    member.actor.principal,
                    f"poison-{contact}",
                    uuid4(),
                    member.pooled,
                    json.dumps(POISON),
                    self.draw.choice(self.house.voters),
                ],
            )
        self.poisoned.append(contact)


def judge(
    pushers: Sequence[Pusher], follower: Follower, nemesis: Nemesis
) -> dict[str, object]:
    """Compare what was acknowledged with what is there; return every figure by name."""
    acknowledged = {
        name: sent for one in pushers for name, sent in one.acknowledged.items()
    }
    known = {name: sent for name, (sent, _) in acknowledged.items()}
    for one in pushers:
        known = one.unanswered | one.refused | known
    amended = [change for one in pushers for change in one.amended.values()]
    with behind_the_walls() as database:
        applied = dict(database.execute(APPLIED).fetchall())
        versions = dict(database.execute(VERSIONS).fetchall())
        rows = database.execute("SELECT count(*) FROM canvass_contact").fetchone()
        aside = {row[0] for row in database.execute(ASIDE)}
        contacts = standing_contacts(
            [known[name] for name in applied if name in known],
            [change for change in amended if change.event_id in versions],
        )
        differences = compare(
            database, contacts=contacts, followed=follower.seen
        ) | compare_protection(
            database,
            contacts=contacts,
            amended=frozenset(change.contact for change in amended),
            lifts=_by_event(nemesis.lifts, applied),
            before={name: n for one in pushers for name, n in one.before.items()},
        )
    there = set(applied.values()) | set(versions.values()) | aside
    ids = [id_ for _, id_ in acknowledged.values()]
    ids += [id_ for one in pushers for id_ in one.amendments.values()]
    strange = set(applied) - set(known), set(versions) - {a.event_id for a in amended}
    return {
        "acknowledged": len(ids),
        "amended": len(versions),
        "lifts": len(nemesis.lifts),
        "faults": sum(nemesis.faults.values()),
        "set_aside": len(aside),
        "lost": sum(UUID(id_[3:]) not in there for id_ in ids),
        "doubled": (rows[0] if rows else 0) - len(applied),
        "differences": {name: many for name, many in differences.items() if many}
        | _strange(pushers, strange[0] | strange[1], nemesis, aside),
        "faults_by_kind": dict(sorted(nemesis.faults.items())),
        "sent_again": sum(one.again for one in pushers),
        "out_of_order": sum(one.out_of_order for one in pushers),
        "retries": sum(one.retries for one in pushers),
        "refused": sum(len(one.refused) for one in pushers),
    }


APPLIED: Final = "SELECT event_id, contact FROM canvass_contact_detail"
VERSIONS: Final = (
    "SELECT event_id, version FROM canvass_contact_version WHERE kind <> 'contact'"
)
ASIDE: Final = "SELECT contact FROM canvass_inbox WHERE status = 'set_aside'"


def _by_event(lifts: Sequence[Lift], applied: Mapping[str, UUID]) -> list[Lift]:
    """Return lifts with the contacts that they must have met by event id, as the oracle knows them."""
    names = {f"OH-{contact.hex}": name for name, contact in applied.items()}
    return [
        replace(lift, seen=frozenset(names[id_] for id_ in lift.seen if id_ in names))
        for lift in lifts
    ]


def _strange(
    pushers: Sequence[Pusher], unknown: set[str], nemesis: Nemesis, aside: set[UUID]
) -> dict[str, object]:
    """Return what ought not to be there at all."""
    found = {
        "answers": [text for one in pushers for text in one.broken][:5],
        "never_sent": len(unknown),
        "poison_not_set_aside": len(set(nemesis.poisoned) - aside),
        "set_aside_without_poison": len(aside - set(nemesis.poisoned)),
    }
    return {name: value for name, value in found.items() if value}


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
