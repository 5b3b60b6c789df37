"""The journey: upload, license, count, export, canvass, revoke, account for it; over HTTP alone."""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils import timezone

from coop.demo.bootstrap import found_co_op
from coop.demo.client import Client, UnexpectedAnswer
from coop.demo.invented import deliveries
from coop.demo.narration import Narrator

SMALL_STATE_VOTERS = 4_000
CONTACTS_PUSHED = 25
DISTRICT = "3"
FIELD_GROUPS = ["registration", "demographics", "vote_history", "contacts"]


class Journey:
    """One run through the co-op's main job; raises `UnexpectedAnswer` where it breaks off."""

    def __init__(self, base: str, narrator: Narrator, folder: Path) -> None:
        self.base, self.say, self.folder = base, narrator, folder
        self.members = found_co_op()
        self.clients = {
            short: Client(base, m.name, m.key) for short, m in self.members.items()
        }
        self.grants: dict[str, str] = {}

    def run(self, voters: int) -> None:
        """Go through all of it, with `voters` invented voters in Ohio."""
        self.say.step(
            "The operator founds seven organizations and opens Ohio, North Carolina and Florida."
        )
        self._review_policies()
        self._import_files(voters)
        self._license()
        self._target()
        self._export()
        self._push_contacts()
        self._push_again()
        self._try_the_walls()
        self._revoke()
        self._account()

    def _review_policies(self) -> None:
        self.say.step(
            "Each state party reviews its policy: until then nothing can be licensed."
        )
        for code, short in (
            ("OH", "ohio"),
            ("NC", "north_carolina"),
            ("FL", "florida"),
        ):
            self.clients[short].call(
                "PUT",
                f"/v1/states/{code}/policy",
                json={
                    "purposes": ["election", "political"],
                    "recipients": ["national_committee", "campaign", "outside_group"],
                    "resharing": True,
                    "attestation": "For election purposes only.",
                    "citation": "",
                },
            )

    def _import_files(self, voters: int) -> None:
        sizes = {"OH": voters, "NC": SMALL_STATE_VOTERS, "FL": SMALL_STATE_VOTERS}
        owners = {"OH": "ohio", "NC": "north_carolina", "FL": "florida"}
        for code, size in sizes.items():
            self.say.step(
                f"{self.members[owners[code]].name} uploads its official file: {size:,} invented voters."
            )
            files = deliveries(code, size, self.folder / code.lower())
            self._import(self.clients[owners[code]], code, files)

    def _import(self, owner: Client, code: str, files: list[Path]) -> None:
        delivery = owner.post(
            "/v1/deliveries",
            {
                "state": code,
                "file_date": timezone.localdate().isoformat(),
            },
        )
        for file in files:
            owner.upload(f"/v1/deliveries/{delivery['id']}/files/{file.name}", file)
        started = owner.post(f"/v1/deliveries/{delivery['id']}/import")
        begun = time.monotonic()

        def progress() -> tuple[int, int | None, bool]:
            time.sleep(0.2)
            now = owner.get(f"/v1/imports/{started['id']}")
            done = now["progress"]
            return (
                done["rows_done"],
                done["rows_total"],
                now["status"] in {"published", "failed", "ready", "canceled"},
            )

        self.say.bar(f"import of {code}", progress)
        ended = owner.get(f"/v1/imports/{started['id']}")
        if ended["status"] != "published":
            raise UnexpectedAnswer(f"the import of {code} ended as {ended}")
        figures = ended["figures"]
        self.say.result(
            f"published {figures['inserted']:,} voters in {time.monotonic() - begun:.0f} s; "
            f"{figures['rejected']:,} lines rejected with reasons, {figures['confidential']:,} confidential"
        )

    def _license(self) -> None:
        self.say.step(
            f"Ohio licenses: Congressional District {DISTRICT} to a campaign, the state to the committee,"
        )
        self.say.console.print(
            "    canvassing to an outside group whose contacts enter the pool at once."
        )
        licenses: dict[str, dict[str, Any]] = {
            "campaign": {
                "geography": {"us_house_districts": [DISTRICT]},
                "actions": ["count", "read", "export"],
            },
            "committee": {
                "geography": {"whole_state": True},
                "actions": ["count", "read", "export"],
            },
            "outside_group": {
                "geography": {"whole_state": True},
                "groups": ["registration", "contacts"],
                "actions": ["count", "read", "contribute"],
                "pool": "at_once",
            },
        }
        for short, terms in licenses.items():
            self.grants[short] = self._grant(short, terms)
        active = self.clients["campaign"].get("/v1/me")["grants"]
        self.say.result(
            f"the campaign holds {len(active)} active grant; GET /v1/me tells it the terms"
        )

    def _grant(self, short: str, terms: dict[str, Any]) -> str:
        now = timezone.now()
        offered = self.clients["ohio"].post(
            "/v1/grants",
            {
                "state": "OH",
                "grantee": str(self.members[short].organization),
                "groups": FIELD_GROUPS,
                "purpose": "election",
                "starts_at": now.isoformat(),
                "ends_at": (now + dt.timedelta(days=30)).isoformat(),
                "agreement": "Use for the named purpose; return nothing; keep it safe.",
            }
            | terms,
        )
        self.clients[short].post(
            f"/v1/grants/{offered['id']}/accept", {"attested": True}
        )
        return str(offered["id"])

    @property
    def criteria(self) -> dict[str, Any]:
        """Active voters who vote in generals and whom nobody reached lately."""
        return {
            "all": [
                {"field": "status", "op": "eq", "value": "active"},
                {"field": "age", "op": "between", "value": [25, 60]},
                {
                    "field": "voted",
                    "op": "at_least",
                    "value": {"times": 2, "of_last": 4, "type": "general"},
                },
                {"not": {"field": "last_contact", "op": "within_days", "value": 14}},
            ]
        }

    def _count(self) -> int:
        answer = self.clients["campaign"].post(
            "/v1/counts", {"states": ["OH"], "criteria": self.criteria}
        )
        return int(answer["count"])

    def _target(self) -> None:
        self.say.step(
            "The campaign counts active voters of 25 to 60 who voted in 2 of the last 4 generals,"
        )
        self.say.console.print(
            "    not contacted within 14 days, and saves them as a live list."
        )
        begun = time.monotonic()
        self.count = self._count()
        self.say.result(
            f"{self.count:,} voters, counted in {1000 * (time.monotonic() - begun):.0f} ms"
        )
        self.list = self.clients["campaign"].post(
            "/v1/lists",
            {
                "name": "Likely, not yet reached",
                "states": ["OH"],
                "criteria": self.criteria,
                "kind": "live",
            },
        )

    def _export(self) -> None:
        self.say.step(
            "It exports the list: a link that expires, needs no header, and is charged to its account."
        )
        order = {
            "list": self.list["id"],
            "columns": [
                "state_voter_id",
                "first_name",
                "last_name",
                "res_address",
                "res_city",
                "age",
            ],
        }
        self.export = self.clients["campaign"].post("/v1/exports", order)
        text = Client(self.base, "anyone with the link", "").download(
            self.export["link"]
        )
        lines = text.count("\n") - 1
        if lines != self.count:
            raise UnexpectedAnswer(
                f"the export has {lines} voters, the count said {self.count}"
            )
        self.say.result(f"{lines:,} lines of CSV: as many as counted")

    def _push_contacts(self) -> None:
        self.say.step(
            f"The outside group knocks on {CONTACTS_PUSHED} of these doors and pushes the results."
        )
        page = self.clients["campaign"].get(
            f"/v1/lists/{self.list['id']}/voters", params={"limit": CONTACTS_PUSHED}
        )
        now = timezone.now().isoformat()
        self.contacts = [
            {
                "event_id": f"door-{number}",
                "voter": voter["id"],
                "contact_type": 2,
                "input_type": 14,
                "result_code": 14,
                "occurred_at": now,
            }
            for number, voter in enumerate(page["results"])
        ]
        begun = time.monotonic()
        self.receipt = self.clients["outside_group"].post(
            "/v1/contacts", {"contacts": self.contacts}
        )
        accepted = time.monotonic()
        while (count := self._count()) != self.count - len(self.contacts):
            if time.monotonic() - accepted > 10:
                raise UnexpectedAnswer(
                    f"the campaign's count is {count} ten seconds after the contacts"
                )
            time.sleep(0.02)
        seen = time.monotonic()
        self.say.result(
            f"202 after {1000 * (accepted - begun):.0f} ms; the campaign's count fell from {self.count:,} "
            f"to {count:,} {1000 * (seen - accepted):.0f} ms later"
        )
        changes = self.clients["committee"].get("/v1/changes", params={"state": "OH"})
        self.say.result(
            f"the committee reads {len(changes['results'])} changes in Ohio's feed"
        )

    def _push_again(self) -> None:
        self.say.step("Its client loses the answer and sends everything again.")
        again = self.clients["outside_group"].post(
            "/v1/contacts", {"contacts": self.contacts}
        )
        verdicts = Counter(item["verdict"] for item in again["results"])
        same = [item["id"] for item in again["results"]] == [
            item["id"] for item in self.receipt["results"]
        ]
        if (
            verdicts != {"duplicate": len(self.contacts)}
            or not same
            or self._count() != self.count - len(self.contacts)
        ):
            raise UnexpectedAnswer(f"sending again gave {verdicts}")
        self.say.result(
            f"{verdicts['duplicate']} duplicates, the same ids as before, nothing counted twice"
        )

    def _try_the_walls(self) -> None:
        self.say.step(
            "The walls: the campaign asks for e-mail, the stranger for anything at all."
        )
        question = {
            "states": ["OH"],
            "criteria": {"field": "email", "op": "known", "value": True},
        }
        refused = self.clients["campaign"].post("/v1/counts", question, expect=403)
        self.say.result(f"403 {refused['code']}: {refused['detail']}")
        outsider = self.clients["stranger"].call(
            "GET", f"/v1/voters/{self.contacts[0]['voter']}", expect=404
        )
        self.say.result(
            f"the stranger gets 404 {outsider['code']} for a voter that exists, as for one that does not"
        )

    def _revoke(self) -> None:
        self.say.step("Ohio revokes the campaign's license.")
        self.clients["ohio"].post(
            f"/v1/grants/{self.grants['campaign']}/revoke",
            {"reason": "The primary is over."},
        )
        question = {"states": ["OH"], "criteria": self.criteria}
        refused = self.clients["campaign"].post("/v1/counts", question, expect=403)
        self.say.result(f"its next count: 403 {refused['code']}")
        gone = Client(self.base, "anyone with the link", "").call(
            "GET", self.export["link"], expect=(403, 404, 410)
        )
        self.say.result(f"its export link: {gone['status']} {gone['code']}")

    def _account(self) -> None:
        self.say.step(
            "The ledger accounts for all of it; Ohio reads who used its file, and for what."
        )
        rows = self.clients["ohio"].get("/v1/ledger/summary", params={"state": "OH"})[
            "results"
        ]
        names = {
            str(member.organization): member.name for member in self.members.values()
        }
        self.say.table(
            ("organization", "event", "times", "rows"),
            (
                (
                    names.get(row["organization"], "the operator"),
                    row["event"],
                    row["acts"],
                    row["rows"] or "",
                )
                for row in rows
            ),
        )

    def farewell(self) -> None:
        """Tell what can be done now, and wait for Ctrl-C."""
        self.say.console.print(
            f"\nServing at [bold]{self.base}[/bold] — reference page {self.base}/v1/docs\n"
        )
        for member in self.members.values():
            self.say.console.print(f"  {member.name:<28} {member.key}")
        ohio = self.members["ohio"].key
        self.say.console.print("\nTry:", style="bold")
        for path in ("/v1/me", "/v1/ledger?state=OH", "/v1/fields"):
            self.say.console.print(
                f"  curl -H 'Authorization: Bearer {ohio}' '{self.base}{path}'",
                soft_wrap=True,
            )
        self.say.console.print(
            "\nCtrl-C stops everything; the next `make demo` starts over."
        )
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
