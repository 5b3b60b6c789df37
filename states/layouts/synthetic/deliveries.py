"""What each state makes of its people: ids, flags, placeholders, columns, file names."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

import polars as pl

from states.layouts import fl, nc, oh
from states.layouts.declaration import Variant
from states.layouts.known import LAYOUTS
from states.layouts.synthetic.declared import declared
from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.parts import Part
from states.layouts.synthetic.people import Order
from states.layouts.synthetic.turnout import Contest, turnout
from states.layouts.write import file_columns


def ohio(order: Order, people: pl.DataFrame) -> Iterator[Part]:
    """Yield Ohio's files by county range; some days are placeholders, as they are there."""
    draws = Draws(order.seed, people["person"])
    number = pl.col("person").cast(pl.String)
    cast = dict(_letters(order, people))
    known = people.with_columns(
        state_voter_id=pl.lit("OH") + number.str.zfill(11),
        county_voter_id=number,
        party=_last_primary(cast),
        registration_date=_placeholder(
            "registration_date", draws.chance("day unknown", 0.042), 1900
        ),
        birth_date=_placeholder(
            "birth_date", draws.chance("birth unknown", 3e-4), 1800
        ),
    )
    written = file_columns(known, oh.VOTERS).with_columns(**cast)
    for first in (1, 23, 45, 67):
        last = first + 21
        inside = written["COUNTY_NUMBER"].cast(pl.Int32).is_between(first, last)
        yield Part(f"SWVF_{first}_{last}.txt", oh.VOTERS, written.filter(inside))


def _placeholder(column: str, unknown: pl.Series, year: int) -> pl.Expr:
    return pl.when(unknown).then(dt.date(year, 1, 1)).otherwise(column).alias(column)


def _letters(order: Order, people: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Yield Ohio's election columns: the ballot's letter, X for no party, or null."""
    for contest, voted in turnout(order, people):
        kind = contest.election_type.upper()
        letter = people.select(
            pl.when(voted).then(
                pl.lit("X")
                if contest.election_type == "general"
                else pl.when(pl.col("party") == "N").then(pl.lit("X")).otherwise("side")
            )
        ).to_series()
        yield f"{kind}-{contest.day:%m/%d/%Y}", letter


def _last_primary(cast: dict[str, pl.Series]) -> pl.Series:
    """Give the party of the newest primary ballot, N if there is none."""
    newest_first = [
        letters.replace("X", None)
        for name, letters in reversed(cast.items())
        if name.startswith("PRIMARY")
    ]
    ballots = pl.DataFrame(
        {str(at): letters for at, letters in enumerate(newest_first)}
    )
    return ballots.select(pl.coalesce(pl.all(), pl.lit("N"))).to_series()


_NC_CONFIDENTIAL_BLANK = (
    "res_address",
    "res_address2",
    "res_city",
    "res_zip5",
    "res_zip4",
    "phone",
    "mail_line1",
    "mail_city",
    "mail_state",
    "mail_zip5",
)


def north_carolina(order: Order, people: pl.DataFrame) -> Iterator[Part]:
    """Yield North Carolina's two statewide files."""
    draws = Draws(order.seed, people["person"])
    number = pl.col("person").cast(pl.String)
    offset = (pl.col("county") - 37001) // 2
    hidden = draws.chance("confidential", 0.0015)
    left = draws.uniform("left")
    known = people.with_columns(
        confidential=hidden,
        state_voter_id=_letter(offset // 26) + _letter(offset % 26) + number,
        county_voter_id=number.str.zfill(12),
        status=pl.when(left < 0.07)
        .then(pl.lit("removed"))
        .when(left < 0.073)
        .then(pl.lit("other"))
        .otherwise("status"),
        # Here race and ethnicity are two questions.
        race=pl.col("race").replace("hispanic", "white"),
        res_address2=pl.lit(None, pl.String),
    ).with_columns(
        pl.when(~hidden).then(name).alias(name) for name in _NC_CONFIDENTIAL_BLANK
    )
    known = known.with_columns(party_raw=_party_raw("UNA", {"O": "NLB"}, nc.PARTIES))
    written = file_columns(known, nc.VOTERS_2022).with_columns(
        registr_dt=pl.when(hidden).then(pl.lit("##/##/####")).otherwise("registr_dt"),
        age_at_year_end=(order.day.year - known["birth_year"]).cast(pl.String),
    )
    yield Part("ncvoter_Statewide.txt", nc.VOTERS_2022, written)
    yield Part("ncvhis_Statewide.txt", nc.HISTORY, _nc_history(order, known))


def _letter(number: pl.Expr) -> pl.Expr:
    return number.replace_strict(
        list(range(26)), [chr(65 + at) for at in range(26)], return_dtype=pl.String
    )


def _party_raw(
    none: str, others: Mapping[str, str], parties: Mapping[str, str]
) -> pl.Expr:
    codes = {canonical: code for code, canonical in parties.items()}
    return pl.col("party").replace_strict(
        {**codes, "N": none, **others}, return_dtype=pl.String
    )


_NC_METHODS = {
    "IN-PERSON": 0.36,
    "ABSENTEE ONESTOP": 0.52,
    "ABSENTEE": 0.09,
    "ABSENTEE CURBSIDE": 0.015,
    "PROVISIONAL": 0.01,
    "TRANSFER": 0.005,
}


def _nc_history(order: Order, people: pl.DataFrame) -> pl.DataFrame:
    draws = Draws(order.seed, people["person"])

    def rows(contest: Contest, voted: pl.Series) -> pl.DataFrame:
        label = f"{contest.day:%m/%d/%Y}"
        name = "MUNICIPAL" if contest.day.year % 2 else contest.election_type.upper()
        methods = draws.weighted(f"method {contest.day}", _NC_METHODS)
        return (
            people.with_columns(method_raw=methods)
            .filter(voted)
            .select(
                "state_voter_id",
                "county_voter_id",
                "county",
                "precinct_code",
                "party",
                "method_raw",
                election_date=pl.lit(contest.day),
                election_name=pl.lit(f"{label} {name}"),
            )
        )

    votes = pl.concat(rows(contest, voted) for contest, voted in turnout(order, people))
    ids = {fips: code for code, fips in reversed(nc.COUNTIES.items())}
    county = pl.col("county").replace_strict(ids, return_dtype=pl.String)
    return file_columns(
        votes.select(
            "state_voter_id",
            "election_date",
            "election_name",
            "party",
            county_id=county,
            voted_county_id=county,
            voter_reg_num="county_voter_id",
            pct_label="precinct_code",
            voting_method="method_raw",
        ),
        nc.HISTORY,
    )


_FL_EXEMPT_BLANK = (
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "res_address2",
    "res_city",
    "res_state",
    "res_zip5",
    "res_zip4",
    "mail_line1",
    "mail_city",
    "mail_state",
    "mail_zip5",
    "birth_date",
    "precinct_code",
    "school_district",
    "us_house_district",
    "state_senate_district",
    "state_house_district",
    "phone",
    "email",
)
_FL_RACES = {"asian": "asian_pacific_islander"}
_FL_HISTORY = {"Y": 0.38, "E": 0.31, "A": 0.28, "N": 0.02, "B": 0.005, "P": 0.005}
_FL_TYPES = {"general": "GEN", "primary": "PRI"}


def florida(order: Order, people: pl.DataFrame) -> Iterator[Part]:
    """Yield Florida's pairs of files, one pair a county."""
    draws = Draws(order.seed, people["person"])
    exempt = draws.chance("confidential", 0.012)
    young = draws.chance("preregistered", 0.006)
    born = pl.lit(order.day) - pl.duration(days=365 * 16 + 90)
    known = (
        people.with_columns(
            confidential=exempt,
            state_voter_id=(pl.col("person") + 100_000_000).cast(pl.String),
            race=pl.col("race").replace(_FL_RACES),
            birth_date=pl.when(young).then(born.cast(pl.Date)).otherwise("birth_date"),
            status=pl.when(young).then(pl.lit("preregistered")).otherwise("status"),
            registration_date=pl.when(young)
            .then(pl.lit(order.day) - pl.duration(days=10))
            .otherwise("registration_date")
            .cast(pl.Date),
            precinct_code=pl.col("precinct_code").str.slice(3),
            school_district="ward",
            party_raw=_party_raw("NPA", {"O": "IND"}, fl.PARTIES),
        )
        .with_columns(
            pl.when(~exempt).then(name).alias(name) for name in _FL_EXEMPT_BLANK
        )
        .with_columns(
            res_address=pl.when(exempt).then(pl.lit("*")).otherwise("res_address")
        )
    )
    stamp = f"{order.day:%Y%m%d}"
    pairs: tuple[tuple[str, Variant, Callable[[], pl.DataFrame]], ...] = (
        (stamp, fl.VOTERS, lambda: file_columns(known, fl.VOTERS)),
        (f"H_{stamp}", fl.HISTORY, lambda: _fl_history(order, known)),
    )
    for suffix, variant, make in pairs:
        for (code,), rows in make().partition_by("County Code", as_dict=True).items():
            yield Part(f"{code}_{suffix}.txt", variant, rows)


def _fl_history(order: Order, people: pl.DataFrame) -> pl.DataFrame:
    draws = Draws(order.seed, people["person"])
    codes = {fips: code for code, fips in fl.COUNTIES.items()}
    voters = people.select(
        pl.col("county")
        .replace_strict(codes, return_dtype=pl.String)
        .alias("County Code"),
        pl.col("state_voter_id").alias("Voter ID"),
    )
    return pl.concat(
        voters.with_columns(
            pl.lit(f"{contest.day:%m/%d/%Y}").alias("Election Date"),
            pl.lit(_FL_TYPES[contest.election_type]).alias("Election Type"),
            draws.weighted(f"method {contest.day}", _FL_HISTORY).alias("History Code"),
        ).filter(voted)
        for contest, voted in turnout(order, people)
    )


DELIVERIES: Mapping[str, Callable[[Order, pl.DataFrame], Iterator[Part]]] = {
    "OH": ohio,
    "NC": north_carolina,
    "FL": florida,
} | {
    state: declared for state, layout in LAYOUTS.items() if layout.territory is not None
}
