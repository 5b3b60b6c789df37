"""A delivery of invented voters made from the declaration alone.

Each of a state's newest files is written; what a state does not publish is left
out by its declaration, which is read backward.
"""

from collections.abc import Iterator

import polars as pl

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Variant
from states.layouts.elections import VOTE
from states.layouts.known import LAYOUTS
from states.layouts.rules import Code, Flags, NamedElection, Rule
from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.parts import Part
from states.layouts.synthetic.people import Order
from states.layouts.synthetic.turnout import Contest, contests, turnout
from states.layouts.write import file_columns

_METHODS = {"election_day": 0.45, "early": 0.3, "mail": 0.23, "provisional": 0.02}
_HIDDEN = ("res_address", "res_address2", "res_zip4", "phone", "mail_line1")


def declared(order: Order, people: pl.DataFrame) -> Iterator[Part]:
    """Yield the files of a state, by county if their names have one in them."""
    layout = LAYOUTS[order.state]
    newest = [variant for role in Role for variant in layout.variants_for(role)[:1]]
    coded = any(variant.needs_calendar for variant in newest)
    for variant in newest:
        if variant.role is Role.DISTRICTS:
            continue
        # The calendar is the whole delivery's, and so comes with the first people.
        if variant.role is Role.ELECTIONS and (not coded or people["person"][0] > 0):
            continue
        yield from _named(order, variant, *rows_of(order, people, variant))


def rows_of(
    order: Order, people: pl.DataFrame, variant: Variant
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the people, votes or elections of a file, and the columns written of them."""
    layout = LAYOUTS[order.state]
    calendar = calendar_of(order)
    if variant.role is Role.ELECTIONS:
        named_rows = calendar.with_columns(county_name="scope")
        return named_rows, file_columns(calendar, variant)
    known = _registered(people, order, layout, variant)
    if variant.role is Role.HISTORY:
        cast = _cast(known, order, variant.rules)
        written = file_columns(cast, variant, calendar)
        return cast, _with_not_votes(written, variant, order)
    if variant.entries or variant.elections:
        votes = _histories(known, order, variant)
        return votes, _rows_of_all(votes, variant, calendar)
    return known, file_columns(known, variant, calendar)


def _registered(
    people: pl.DataFrame, order: Order, layout: Layout, voters: Variant
) -> pl.DataFrame:
    draws = Draws(order.seed, people["person"])
    names = {fips: name for name, fips in named(order.state).items()}
    number = pl.col("person").cast(pl.Int64) + 1
    races = _canonical(voters.rules, "race")
    hidden = draws.chance("confidential", 0.006)
    if not (voters.flag or voters.masks):
        hidden = hidden & False
    withheld = pl.lit(voters.masks[0] if voters.masks else None, pl.String)
    return (
        people.with_columns(
            confidential=hidden,
            county_name=pl.col("county").replace_strict(names, return_dtype=pl.String),
            number=number,
            race=pl.col("race").replace(
                {"asian": "asian_pacific_islander"} if "asian" not in races else {}
            ),
        )
        .with_columns(
            state_voter_id=_identifier(layout, "voter_id"),
            county_voter_id=_identifier(layout, "county_voter_id"),
        )
        .with_columns(
            pl.when(~hidden)
            .then(name)
            .otherwise(withheld if name == "res_address" else None)
            .alias(name)
            for name in _HIDDEN
        )
    )


def _identifier(layout: Layout, which: str) -> pl.Expr:
    pattern = getattr(layout.territory, which)
    codes: dict[int, str] = {}
    for code, fips in layout.county_codes.items():
        codes.setdefault(fips, code)
    return pl.struct("number", "county", "county_name").map_elements(
        lambda one: pattern.format(
            number=one["number"],
            county=one["county_name"],
            code=codes.get(one["county"], ""),
        ),
        pl.String,
    )


def _canonical(rules: tuple[Rule, ...], target: str) -> list[str]:
    """Give the codes that a file has words for, in a field."""
    for rule in rules:
        if isinstance(rule, Code) and rule.target == target:
            return list(dict.fromkeys(rule.table.values()))
        if isinstance(rule, Flags) and rule.target == target:
            return list(
                dict.fromkeys([code for _, code in rule.flags] + [rule.otherwise])
            )
    return []


def _cast(people: pl.DataFrame, order: Order, rules: tuple[Rule, ...]) -> pl.DataFrame:
    """Give a row for each vote, with the voter's own columns."""
    draws = Draws(order.seed, people["person"])
    methods = _canonical(rules, "method")
    shares = {name: share for name, share in _METHODS.items() if name in methods}
    known = people.with_row_index("row").rename({"party": "own_party"})

    def votes(contest: Contest, voted: pl.Series) -> pl.DataFrame:
        purpose = f"method {contest.day}"
        method = draws.weighted(purpose, shares) if shares else None
        primary = contest.election_type == "primary"
        return known.with_columns(
            election_date=pl.lit(contest.day),
            election_type=pl.lit(contest.election_type),
            election_name=pl.lit(_title(contest)),
            method=pl.lit(None, pl.String) if method is None else method,
            party=pl.col("side") if primary else pl.lit(None, pl.String),
        ).filter(voted)

    return pl.concat(votes(contest, voted) for contest, voted in turnout(order, people))


def _title(contest: Contest) -> str:
    return f"{contest.day.year} {contest.election_type.upper()} ELECTION"


def _histories(people: pl.DataFrame, order: Order, voters: Variant) -> pl.DataFrame:
    """Give the people with their votes as a list, the newest last."""
    rules = voters.entries.rules if voters.entries else ()
    cast = _cast(people, order, rules)
    if voters.entries and voters.entries.calendar is None:
        cast = cast.filter(_nameable(rules))
    lists = (
        cast.sort("row", "election_date")
        .group_by("row", maintain_order=True)
        .agg(history=pl.struct(list(VOTE.to_schema())))
    )
    every = people.with_row_index("row")
    joined = every.join(lists, on="row", how="left", maintain_order="left")
    empty = pl.lit([], dtype=pl.List(VOTE))
    return joined.with_columns(pl.col("history").fill_null(empty)).drop("row")


def _nameable(rules: tuple[Rule, ...]) -> pl.Expr:
    """Keep the votes that the state has a place or a name for."""
    kinds = [
        set(rule.names) if isinstance(rule, NamedElection) else set(rule.table.values())
        for rule in rules
        if isinstance(rule, NamedElection)
        or (isinstance(rule, Code) and rule.target == "election_type")
    ]
    named_types = set.union(*kinds) if kinds else {"general", "primary"}
    return pl.col("election_type").is_in(list(named_types))


def _rows_of_all(
    people: pl.DataFrame, voters: Variant, calendar: pl.DataFrame | None
) -> pl.DataFrame:
    """Write the rows; one more, who voted always, makes all elections' columns be there."""
    every = people.select(pl.col("history").explode(empty_as_null=False).unique())
    if voters.entries and voters.entries.groups:
        all_types = {"general", "primary"}
        last = people.tail(1).with_columns(
            history=pl.Series(
                [
                    [
                        vote
                        for vote in every["history"].to_list()
                        if vote["election_type"] in all_types
                    ]
                ],
                dtype=pl.List(VOTE),
            )
        )
        return file_columns(pl.concat([people, last]), voters, calendar)[:-1]
    return file_columns(people, voters, calendar)


def _with_not_votes(
    written: pl.DataFrame, variant: Variant, order: Order
) -> pl.DataFrame:
    """Make a few of the rows what the state keeps though it is no vote."""
    codes = variant.vote_codes
    if codes is None or not codes.not_votes or written.is_empty():
        return written
    numbers = pl.int_range(len(written), dtype=pl.UInt64, eager=True)
    chosen = Draws(order.seed, numbers).chance("no vote", 0.02)
    code = pl.lit(min(codes.not_votes))
    return written.with_columns(
        pl.when(chosen).then(code).otherwise(codes.column).alias(codes.column)
    )


def calendar_of(order: Order) -> pl.DataFrame:
    """Give a number to the state's elections, in each county anew where codes are its own."""
    held = contests(order.day)
    scopes = list(named(order.state)) if _scoped(LAYOUTS[order.state]) else [None]
    return pl.DataFrame(
        {
            "scope": [scope for scope in scopes for _ in held],
            "code": [
                str(len(held) - (at + shift) % len(held))
                for shift, _ in enumerate(scopes)
                for at, _ in enumerate(held)
            ],
            "election_date": [contest.day for _ in scopes for contest in held],
            "election_name": [_title(contest) for _ in scopes for contest in held],
        },
        schema_overrides={"scope": pl.String, "code": pl.String},
    )


def _scoped(layout: Layout) -> bool:
    keys = [
        variant.entries.calendar
        for variant in layout.variants
        if variant.entries and variant.entries.calendar
    ]
    return any(key.scope for key in keys)


def _named(
    order: Order, variant: Variant, rows: pl.DataFrame, written: pl.DataFrame
) -> Iterator[Part]:
    """Yield the written rows under the name of their file, or files by county."""
    name = variant.example_name.replace("{date}", f"{order.day:%Y%m%d}")
    if "{county}" not in name:
        yield Part(name, variant, written)
        return
    parts = written.with_columns(rows["county_name"].alias("__county")).partition_by(
        "__county", as_dict=True, include_key=False
    )
    for (county,), part in parts.items():
        yield Part(name.replace("{county}", str(county)), variant, part)
