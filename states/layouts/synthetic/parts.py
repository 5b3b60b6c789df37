"""Stretches of the files of an invented delivery."""

from dataclasses import dataclass

import polars as pl

from states.layouts.declaration import Variant


@dataclass(frozen=True, slots=True)
class Part:
    """Rows for one file of the delivery, in the file's own columns."""

    file_name: str
    variant: Variant
    rows: pl.DataFrame
