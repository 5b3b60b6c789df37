"""From lines to fields: quoting resolved, rows of the wrong shape set aside."""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from states.layouts.decode import UNIT_SEPARATOR, Block
from states.layouts.framed import fields_of
from states.layouts.shape import LINE, Shape

RAW_CHARACTERS = 16_384
# No field is longer than so many lines.
BROKEN_LINES = 5


class RejectCode(StrEnum):
    """Why a line gave no row."""

    COLUMNS = "columns"
    QUOTE = "quote"
    UNREADABLE = "unreadable"
    HEADER = "header"
    KEY = "key"
    DUPLICATE = "duplicate"
    DATE = "date"
    CODE = "code"


SENTENCES = {
    RejectCode.COLUMNS: "The line has the wrong number of columns.",
    RejectCode.QUOTE: "A quotation mark is opened and not closed.",
    RejectCode.UNREADABLE: "The line holds NUL bytes: it is damaged.",
    RejectCode.HEADER: "The header is repeated inside the file.",
    RejectCode.KEY: "The voter's identifier is missing.",
    RejectCode.DUPLICATE: "The identifier was already used by an earlier line.",
    RejectCode.DATE: "The election's date is missing or is none.",
    RejectCode.CODE: "The code does not say whether this is a vote.",
}
WITHHELD = "[withheld: the file has a column that must not be kept]"


@dataclass(frozen=True, slots=True)
class Reject:
    """A line kept aside: where it stands, what it says, and why it gave no row."""

    line_number: int
    raw_line: str
    code: RejectCode
    reason: str


def reject(
    block: Block, numbers: pl.Series, code: RejectCode, shape: Shape
) -> list[Reject]:
    """Set the lines with these numbers aside."""
    return [
        Reject(
            line_number=number,
            raw_line=_kept(block.lines[number - block.first_line], shape),
            code=code,
            reason=SENTENCES[code],
        )
        for number in numbers
    ]


def _kept(line: str, shape: Shape) -> str:
    # A NUL cannot be stored as text; its picture can.
    return WITHHELD if shape.withhold else line[:RAW_CHARACTERS].replace("\0", "\u2400")


def split(block: Block, shape: Shape) -> tuple[pl.DataFrame, list[Reject]]:
    """Cut a block into columns of text named by the shape, plus the line number.

    Blank lines give neither a row nor a reject.
    """
    if not shape.spans and (whole := fields_of(block, shape)) is not None:
        return whole, []
    return split_by_line(block, shape)


def split_by_line(block: Block, shape: Shape) -> tuple[pl.DataFrame, list[Reject]]:
    """Do the same for a block of which nothing is known: each line is judged by itself."""
    first = block.first_line
    lines = pl.DataFrame(
        {
            LINE: pl.int_range(first, first + len(block.lines), eager=True),
            "text": pl.Series(block.lines, dtype=pl.String),
        }
    ).filter(pl.col("text") != "")
    rejects: list[Reject] = []
    for code, fault in _faults(shape):
        faulty = lines.select(LINE, fault=fault)
        rejects += reject(block, faulty.filter("fault")[LINE], code, shape)
        lines = lines.filter(~faulty["fault"])
    if shape.spans:
        return _cut(lines, block, shape, rejects)
    lines = lines.with_columns(fields=_separated(lines["text"], shape))
    if shape.trailing:
        lines = lines.with_columns(fields=_without_trailing(lines, shape))
    if shape.quoted:
        lines = _rejoined(lines, shape)
    failed = lines.filter(pl.col("fields").is_null())
    odd = failed["text"].str.count_matches('"', literal=True) % 2 == 1
    if not shape.quoted:
        odd = odd & False
    rejects += reject(block, failed.filter(odd)[LINE], RejectCode.QUOTE, shape)
    rejects += reject(block, failed.filter(~odd)[LINE], RejectCode.COLUMNS, shape)
    return _table(lines.drop_nulls("fields"), shape), rejects


def _cut(
    lines: pl.DataFrame, block: Block, shape: Shape, rejects: list[Reject]
) -> tuple[pl.DataFrame, list[Reject]]:
    """Cut lines of fixed width at their places."""
    fits = lines["text"].str.len_chars().is_in(list(shape.lengths))
    wrong = reject(block, lines.filter(~fits)[LINE], RejectCode.COLUMNS, shape)
    table = lines.filter(fits).select(
        *(
            pl.col("text").str.slice(start, width).alias(name)
            for name, (start, width) in zip(shape.names, shape.spans, strict=True)
            if name
        ),
        LINE,
    )
    return table, rejects + wrong


def _without_trailing(lines: pl.DataFrame, shape: Shape) -> pl.Series:
    """Try the lines that do not fit again, each time without a delimiter at their end."""
    fields, texts = lines["fields"], lines["text"]
    for _ in range(shape.trailing):
        extra = fields.is_null() & texts.str.ends_with(shape.delimiter)
        if not extra.any():
            break
        places = extra.arg_true()
        shorter = texts.gather(places).str.strip_suffix(shape.delimiter)
        texts = texts.scatter(places, shorter)
        fields = fields.scatter(places, _separated(shorter, shape))
    return fields


def _rejoined(lines: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Join lines that a break inside a quoted field has cut, where that makes a record.

    Only lines that fit nothing by themselves are joined, so a mark left open takes no
    good line with it. The record has the number of its first line.
    """
    failed = dict(lines.filter(pl.col("fields").is_null()).select(LINE, "text").rows())
    fields: dict[int, str] = {}
    taken: set[int] = set()
    for number, text in failed.items():
        if number in taken or text.count('"') % 2 == 0:
            continue
        for after in range(number + 1, number + BROKEN_LINES):
            if after not in failed or after in taken:
                break
            text = f"{text} {failed[after]}"  # noqa: PLW2901  # it grows
            if whole := _parsed(text, shape):
                fields[number] = whole
                taken.update(range(number + 1, after + 1))
                break
    if not fields:
        return lines
    mended = pl.col(LINE).replace_strict(fields, default=None, return_dtype=pl.String)
    return lines.with_columns(fields=pl.coalesce("fields", mended)).filter(
        ~pl.col(LINE).is_in(list(taken))
    )


def _faults(shape: Shape) -> list[tuple[RejectCode, pl.Expr]]:
    text = pl.col("text")
    faults = [(RejectCode.UNREADABLE, text.str.contains("\0", literal=True))]
    if shape.header is not None:
        faults.append((RejectCode.HEADER, text == shape.header))
    return faults


def _separated(lines: pl.Series, shape: Shape) -> pl.Series:
    """Give each line with its fields parted by unit separators; null if it cannot."""
    if not shape.quoted or not lines.str.contains('"', literal=True).any():
        return _plain(lines, shape)
    framed = _strictly(lines, _framed(lines, shape), shape)
    if not framed.has_nulls():
        return framed
    # A quotation mark inside a field that does not begin with one is data.
    begun = lines.str.starts_with('"') | lines.str.contains(
        f'{shape.delimiter}"', literal=True
    )
    unbegun = _plain(lines, shape).zip_with(~begun, framed)
    done = framed.zip_with(framed.is_not_null(), unbegun)
    partly = done.is_null() & begun
    if not partly.any():
        return done
    places = partly.arg_true()
    return done.scatter(places, _partly_quoted(lines.gather(places), shape))


def _framed(lines: pl.Series, shape: Shape) -> pl.Series:
    """Part the lines in which every field stands in quotation marks."""
    joint = f'"{shape.delimiter}"'
    text = pl.col("text")
    fits = (
        text.str.starts_with('"')
        & text.str.ends_with('"')
        & (text.str.count_matches(joint, literal=True) == shape.width - 1)
    )
    parted = (
        text.str.slice(1)
        .str.strip_suffix('"')
        .str.replace_all(joint, UNIT_SEPARATOR, literal=True)
        .str.replace_all('""', '"', literal=True)
    )
    return lines.to_frame("text").select(pl.when(fits).then(parted)).to_series()


def _strictly(lines: pl.Series, framed: pl.Series, shape: Shape) -> pl.Series:
    """Read by the rules of quoting what may end in a mark and a delimiter as data.

    ``"A"","`` is the value ``A",`` where marks are doubled; framing alone would take
    the mark and the delimiter for the field's end, also where they begin the field.
    What breaks the rules stays framed.
    """
    marked = lines.str.count_matches('"', literal=True) > 2 * shape.width
    places = marked.arg_true()
    parting = re.escape(shape.delimiter)
    inner = rf'(?:[^"{parting}]|(?:^|{parting})")(?:"")+{parting}'
    doubtful = lines.gather(places).str.contains(inner)
    places = places.filter(doubtful)
    if places.is_empty():
        return framed
    read = _partly_quoted(lines.gather(places), shape)
    kept = framed.gather(places)
    return framed.scatter(places, read.zip_with(read.is_not_null(), kept))


def _plain(lines: pl.Series, shape: Shape) -> pl.Series:
    text = pl.col("text")
    fits = text.str.count_matches(shape.delimiter, literal=True) == shape.width - 1
    parted = text.str.replace_all(shape.delimiter, UNIT_SEPARATOR, literal=True)
    return lines.to_frame("text").select(pl.when(fits).then(parted)).to_series()


def _partly_quoted(lines: pl.Series, shape: Shape) -> pl.Series:
    """Read the few lines in which only some fields are quoted, one by one."""
    return pl.Series([_parsed(line, shape) for line in lines], dtype=pl.String)


def _parsed(line: str, shape: Shape) -> str | None:
    try:
        fields = next(csv.reader([line], delimiter=shape.delimiter, strict=True))
    except csv.Error:
        return None
    return UNIT_SEPARATOR.join(fields) if len(fields) == shape.width else None


def _table(lines: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    wanted = [name for name in shape.names if name]
    if lines.is_empty():
        texts = dict.fromkeys(wanted, pl.String)
        return pl.DataFrame(schema={LINE: pl.Int64, **texts})
    every = {name or f"__{place}": pl.String for place, name in enumerate(shape.names)}
    fields = pl.read_csv(
        "\n".join(lines["fields"]).encode(),
        separator=UNIT_SEPARATOR,
        quote_char=None,
        has_header=False,
        schema=every,
        columns=[place for place, name in enumerate(shape.names) if name],
    )
    return fields.with_columns(lines[LINE])
