"""A leaked file, however it was changed, names the exports that it came from."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import NotFound
from states.tracers.actions import trace_leak
from states.tracers.points import Points
from states.tracers.queries import woven_in
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.lists.test_exports import download, entries, order, path_of
from tests.lists.test_lists import save

Line = dict[str, str]


@pytest.fixture
def leaked(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> dict[str, tuple[str, list[Line]]]:
    """An export of the same voters by each of three licensees: its id and its lines."""
    made = {}
    for name in ("campaign", "committee", "rival"):
        client = client_of(cast.everyone[name])
        saved = save(client, states=["OH"])
        ordered = order(client, saved["id"])
        made[name] = (str(ordered["id"]), download(path_of(ordered)))
    return made


def named(cast: Cast, rows: Sequence[Sequence[str]]) -> dict[str, set[str]]:
    """Return the exports whose own tracers a file holds, by the licensee that is named."""
    names = {one.organization: name for name, one in cast.everyone.items()}
    found = trace_leak(state="OH", rows=rows, by=cast.ohio)
    return {
        names[one.organization]: {str(e.export) for e in one.exports if e.own_found}
        for one in found.suspects
        if one.is_named
    }


def cells(lines: Sequence[Line]) -> list[list[str]]:
    return [list(one.values()) for one in lines]


def test_a_whole_file_names_its_export(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    for name, (export, lines) in leaked.items():
        assert named(cast, cells(lines)) == {name: {export}}


def test_files_put_together_name_both(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    one, two = leaked["campaign"], leaked["committee"]
    together = {line["id"]: line for line in one[1] + two[1]}
    expected = {"campaign": {one[0]}, "committee": {two[0]}}
    assert named(cast, cells(list(together.values()))) == expected


def _without_ids(line: Line) -> list[str]:
    return [
        line["last_name"] + ", " + line["first_name"].lower(),
        line["phone"],
        line["res_address"],
    ]


def _phones_alone(line: Line) -> list[str]:
    digits = line["phone"].removeprefix("+1")
    phone = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if digits else ""
    return [line["first_name"].title(), line["last_name"].title(), phone]


def _house_and_street(line: Line) -> list[str]:
    number, _, street = line["res_address"].partition(" ")
    return [street.title(), line["last_name"], line["first_name"], number, street]


def _bare_ids(line: Line) -> list[str]:
    return [str(UUID(line["id"][3:])).upper()]


def has_phones(cast: Cast, export: str, lines: Sequence[Line]) -> bool:
    """Tell whether a line of an export's own tracers has a telephone: one made of a voter without has none."""
    with acting_as(cast.ohio, Action.MANAGE):
        woven = [kept for row, kept in woven_in("OH") if str(row.export) == export]
    own = {one.tracer for kept in woven for one in kept or () if one.own}
    assert own
    return any(line["phone"] for line in lines if UUID(line["id"][3:]) in own)


def test_phones_and_names_alone_name_an_export(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    for name, (export, lines) in leaked.items():
        expected = {name: {export}} if has_phones(cast, export, lines) else {}
        assert named(cast, [_phones_alone(line) for line in lines]) == expected


@pytest.mark.parametrize("changed", [_without_ids, _house_and_street, _bare_ids])
def test_a_changed_file_names_its_export(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast, changed: Any
) -> None:
    export, lines = leaked["rival"]
    rows = [changed(line) for line in lines]
    random.Random(1).shuffle(rows)
    assert named(cast, rows) == {"rival": {export}}


def test_a_file_of_voters_alone_names_nobody(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    lines = download(path_of(order(client, save(client)["id"])))
    assert named(cast, cells(lines)) == {}
    assert named(cast, []) == {}


def test_own_tracers_fall_where_copies_are_compared_and_nobody_innocent_is_named(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    """Few voters hold too short a code to name who dropped what differs; `test_collusion` has enough."""
    kept = {one["id"] for one in leaked["campaign"][1]}
    both = [one for one in leaked["committee"][1] if one["id"] in kept]
    found = trace_leak(state="OH", rows=cells(both), by=cast.ohio)
    assert not any(one.is_proven for one in found.suspects)
    assert not any(one.is_named for one in found.suspects)


def test_a_trace_is_in_the_account(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    rows = cells(leaked["campaign"][1])
    trace_leak(state="OH", rows=rows, by=cast.ohio)
    (entry,) = entries(cast.ohio, "tracers:leak:traced")
    assert (entry.state, entry.rows) == ("OH", len(rows))
    assert entry.detail == {"named": [str(cast.campaign.organization)]}


def test_only_the_states_party_traces(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast
) -> None:
    def refused(by: Actor, state: str) -> None:
        with pytest.raises(NotFound):
            trace_leak(state=state, rows=[], by=by)

    for name, one in cast.everyone.items():
        if name != "ohio":
            refused(one, "OH")
    refused(cast.carolina, "NC")  # it never set any up


@pytest.mark.parametrize("form", ["csv", "tsv.gz", "ndjson"])
def test_the_command_names_licensee_and_export(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast, tmp_path: Path, form: str
) -> None:
    export, lines = leaked["committee"]
    file = tmp_path / f"leak.{form}"
    if form == "ndjson":
        file.write_text("".join(json.dumps({"who": one}) + "\n" for one in lines))
    else:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter="\t" if form == "tsv.gz" else ",").writerows(
            cells(lines)
        )
        data = text.getvalue().encode()
        file.write_bytes(gzip.compress(data) if form == "tsv.gz" else data)
    said = io.StringIO()
    call_command("trace_leak", str(file), stdout=said)
    text_said = said.getvalue()
    assert "National Committee" in text_said
    assert export in text_said
    assert "Campaign" not in text_said
    assert "own tracers" in text_said


def test_the_command_says_what_it_cannot_do(
    leaked: dict[str, tuple[str, list[Line]]], cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "leak.csv"
    with pytest.raises(CommandError, match="no file"):
        call_command("trace_leak", str(file))
    file.write_text("a,b\n")
    with pytest.raises(CommandError, match="NC never had"):
        call_command("trace_leak", str(file), "--state", "NC")
    with pytest.raises(CommandError, match="not open"):
        call_command("trace_leak", str(file), "--state", "WY")
    said = io.StringIO()
    call_command("trace_leak", str(file), stdout=said)
    assert "Nobody is named" in said.getvalue()
