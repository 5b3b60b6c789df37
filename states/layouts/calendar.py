"""Which day an election was: by the delivery's own calendar, or by law."""

import datetime as dt

import polars as pl

from states.layouts.declaration import CalendarKey

CALENDAR_COLUMNS: dict[str, pl.DataType] = {
    "scope": pl.String(),
    "code": pl.String(),
    "election_date": pl.Date(),
    "election_name": pl.String(),
}
# What the calendar adds to a row or entry.
DAY, NAME = "calendar_day", "calendar_name"


class CalendarMissing(ValueError):  # noqa: N818  # reads as what happened
    """Codes of elections are to be read without the file that explains them."""

    def __init__(self) -> None:
        super().__init__(
            "The delivery lacks the file that says which elections its codes stand for."
        )


def with_calendar(
    rows: pl.DataFrame, key: CalendarKey | None, calendar: pl.DataFrame | None
) -> pl.DataFrame:
    """Add ``DAY`` and ``NAME`` of each row's election, null where it is not known.

    ``calendar`` has ``CALENDAR_COLUMNS``. Raises ``CalendarMissing`` if there is a
    key and no calendar.
    """
    if key is None:
        return rows
    if calendar is None:
        raise CalendarMissing
    known = calendar.select(
        _plain("scope").alias("__scope") if key.scope else pl.lit("").alias("__scope"),
        _plain("code").alias("__code"),
        pl.col("election_date").alias(DAY),
        pl.col("election_name").alias(NAME),
    ).unique(["__scope", "__code"], keep="first", maintain_order=True)
    asked = rows.with_columns(
        __scope=_plain(key.scope) if key.scope else pl.lit(""),
        __code=_plain(key.code),
    )
    return asked.join(
        known, on=["__scope", "__code"], how="left", maintain_order="left"
    ).drop("__scope", "__code")


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")


def november_general(year: int) -> dt.date:
    """Give the Tuesday after the first Monday of November (2 U.S.C. 7)."""
    first = dt.date(year, 11, 1)
    return first + dt.timedelta((7 - first.weekday()) % 7 + 1)
