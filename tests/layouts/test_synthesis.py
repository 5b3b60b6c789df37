"""Invented deliveries: the same for the same seed, readable, and plausible."""

import datetime as dt
import hashlib
import io
import re
from pathlib import Path

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from states.layouts.declaration import Role
from states.layouts.parse import parse_history, parse_voters
from states.layouts.recognize import Recognized, recognize
from states.layouts.synthesis import DELIVERY_DAY, UnknownState, Written, synthesize
from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.places import TERRITORIES, precincts
from states.layouts.synthetic.turnout import contests

VOTERS = 6_000
STATES = ["OH", "NC", "FL"]
# Of seed 7 for purpose x: a change of these changes every delivery.
FIRST_DRAWS = [0.055003002932, 0.874520859885]


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    folder = tmp_path_factory.mktemp("deliveries")
    return {state: synthesize(state, VOTERS, 5, folder / state) for state in STATES}


def read(written: Written, role: Role) -> pl.DataFrame:
    """Parse all files of a role, which must be recognized and free of rejects."""
    frames = []
    for path in written.files:
        found = recognize(path.name, path.read_bytes()[: 1 << 16])
        assert isinstance(found, Recognized)
        assert found.variant.file_name.fullmatch(path.name)
        if found.role is not role:
            continue
        parse = parse_voters if role is Role.VOTERS else parse_history
        with path.open("rb") as stream:
            for batch in parse(stream, found.variant, as_of=DELIVERY_DAY):
                assert batch.rejects == []
                frames.append(batch.rows)
    return pl.concat(frames)


def digests(written: Written) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in written.files
    }


@pytest.mark.parametrize("state", STATES)
def test_the_same_seed_gives_the_same_files(
    state: str, deliveries: dict[str, Written], tmp_path: Path
) -> None:
    again = synthesize(state, VOTERS, 5, tmp_path / "again")
    other = synthesize(state, VOTERS, 6, tmp_path / "other")
    assert digests(again) == digests(deliveries[state])
    assert digests(other) != digests(again)


@pytest.mark.parametrize("state", STATES)
def test_as_many_voters_as_asked_for_each_with_an_id_of_her_own(
    state: str, deliveries: dict[str, Written]
) -> None:
    voters = read(deliveries[state], Role.VOTERS)
    assert voters["state_voter_id"].n_unique() == len(voters) == VOTERS


def test_files_are_named_as_the_states_name_them(
    deliveries: dict[str, Written],
) -> None:
    names = {state: set(digests(deliveries[state])) for state in STATES}
    assert names["OH"] == {f"SWVF_{n}_{n + 21}.txt" for n in (1, 23, 45, 67)}
    assert names["NC"] == {"ncvoter_Statewide.txt", "ncvhis_Statewide.txt"}
    assert {"DAD_20261116.txt", "DAD_H_20261116.txt"} <= names["FL"]
    assert len(names["FL"]) == 134


@pytest.mark.parametrize("state", STATES)
def test_a_precinct_lies_in_one_county_and_one_set_of_districts(state: str) -> None:
    ground = precincts(state, 1_000_000, 5)
    territory = TERRITORIES[state]
    assert ground["precinct_code"].n_unique() == len(ground)
    assert ground["us_house_district"].n_unique() == territory.us_house
    assert ground["state_senate_district"].n_unique() == territory.state_senate
    assert ground["state_house_district"].n_unique() == territory.state_house
    by_county = ground.group_by("county").agg(pl.col("us_house_district").n_unique())
    assert by_county["us_house_district"].max() > 1  # type: ignore[operator]
    assert ground["end"].is_sorted()


@pytest.mark.parametrize("state", ["NC", "FL"])
def test_telephones_are_fictitious_and_e_mail_goes_nowhere(
    state: str, deliveries: dict[str, Written]
) -> None:
    voters = read(deliveries[state], Role.VOTERS)
    numbers = voters["phone"].drop_nulls()
    assert 0.3 * VOTERS < len(numbers) < 0.7 * VOTERS
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", number) for number in numbers)
    assert voters["email"].drop_nulls().str.ends_with("@example.org").all()


def test_most_households_share_address_and_last_name(
    deliveries: dict[str, Written],
) -> None:
    voters = read(deliveries["OH"], Role.VOTERS)
    homes = voters.group_by("county", "res_zip5", "res_address").agg(
        pl.len(), pl.col("last_name").n_unique().alias("names")
    )
    shared = homes.filter(pl.col("len") > 1)
    assert 0.35 < len(shared) / len(homes) < 0.75
    assert 0.6 < shared.select((pl.col("names") == 1).mean()).item() < 0.95


def test_turnout_is_highest_in_presidential_years_and_lowest_in_primaries(
    deliveries: dict[str, Written],
) -> None:
    voters = read(deliveries["OH"], Role.VOTERS)
    votes = voters.select(pl.col("history").explode(empty_as_null=False)).unnest(
        "history"
    )
    cast = dict(
        votes.group_by("election_date")
        .len()
        .with_columns(pl.col("len") / VOTERS)
        .iter_rows()
    )
    presidential, midterm = cast[dt.date(2024, 11, 5)], cast[dt.date(2022, 11, 8)]
    assert (
        presidential > midterm > cast[dt.date(2022, 5, 3)] > cast[dt.date(2021, 5, 4)]
    )
    assert 0.5 < presidential < 0.75


def test_who_votes_in_primaries_votes_in_generals(
    deliveries: dict[str, Written],
) -> None:
    votes = read(deliveries["NC"], Role.HISTORY)

    def voted(name: str) -> set[str]:
        chosen = votes.filter(pl.col("election_name") == name)
        return set(chosen["state_voter_id"])

    primary, general = voted("05/03/2022 PRIMARY"), voted("11/08/2022 GENERAL")
    assert len(primary & general) / len(primary) > len(general) / VOTERS + 0.2


def test_nobody_votes_before_registering_or_coming_of_age(
    deliveries: dict[str, Written],
) -> None:
    voters = (
        read(deliveries["OH"], Role.VOTERS)
        .select("registration_date", "birth_date", "history")
        .drop_nulls()
    )
    votes = voters.explode("history", empty_as_null=False).unnest("history")
    assert votes.filter(
        pl.col("election_date") < pl.col("registration_date")
    ).is_empty()
    of_age = pl.col("birth_date").dt.offset_by("17y")
    assert votes.filter(pl.col("election_date") < of_age).is_empty()


def test_confidential_voters_are_withheld_as_the_state_withholds_them(
    deliveries: dict[str, Written],
) -> None:
    florida = read(deliveries["FL"], Role.VOTERS).filter("confidential")
    assert 20 < len(florida) < 150
    for column in (
        "last_name",
        "res_address",
        "birth_date",
        "phone",
        "us_house_district",
    ):
        assert florida[column].null_count() == len(florida)
    carolina = read(deliveries["NC"], Role.VOTERS).filter("confidential")
    assert 1 <= len(carolina) < 40
    assert carolina["res_address"].null_count() == len(carolina)


def test_the_files_have_the_states_oddities(deliveries: dict[str, Written]) -> None:
    ohio, carolina, florida = (read(deliveries[s], Role.VOTERS) for s in STATES)
    assert 100 < ohio["registration_date"].null_count() < 500
    assert set(ohio["status"]) == {"active", "inactive"}
    assert {"removed", "other"} < set(carolina["status"])
    assert "preregistered" in set(florida["status"])
    assert carolina["race"].null_count() == 0
    assert any(
        row.split(b"\t")[4].strip() in {b"B", b"N", b"P"}
        for path in deliveries["FL"].files
        if "_H_" in path.name
        for row in path.read_bytes().splitlines()
    )


def test_elections_fall_on_tuesdays_up_to_the_day_of_delivery() -> None:
    days = [contest.day for contest in contests(DELIVERY_DAY)]
    assert {day.weekday() for day in days} == {1}
    assert days == sorted(set(days))
    assert dt.date(2024, 11, 5) in days
    assert days[-1] == dt.date(2026, 11, 3)


def test_draws_do_not_depend_on_the_chunk_and_are_the_same_everywhere() -> None:
    whole = Draws(7, pl.int_range(1_000, eager=True)).uniform("x")
    part = Draws(7, pl.int_range(400, 600, eager=True)).uniform("x")
    assert whole[400:600].to_list() == part.to_list()
    assert whole[:2].round(12).to_list() == FIRST_DRAWS
    assert 0.47 < whole.mean() < 0.53  # type: ignore[operator]


def test_a_state_without_invention_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownState, match="only of AK, AL, AR, AZ"):
        synthesize("ZZ", 10, 1, tmp_path)
    with pytest.raises(ValueError, match="At least one"):
        synthesize("OH", 0, 1, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_after_each_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("states.layouts.synthesis.CHUNK_ROWS", 400)
    done: list[int] = []
    written = synthesize("OH", 1_000, 1, tmp_path, progress=done.append)
    assert done == [400, 800, 1_000]
    assert sum(written.rows.values()) == 1_000


def test_the_command_writes_and_sums_up(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("synthesize", "nc", voters=50, seed=2, out=tmp_path, stdout=out)
    assert "50 invented voters of NC in 2 files." in out.getvalue()
    assert (tmp_path / "ncvoter_Statewide.txt").read_bytes().count(b"\n") == 51
    with pytest.raises(CommandError, match="Cannot invent voters of 'ZZ'"):
        call_command("synthesize", "ZZ", voters=50, seed=2, out=tmp_path)
