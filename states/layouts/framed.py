"""The quick way from a block to fields, for blocks in which every line is as it should be.

It is proven of the whole block, by counting its marks, that no line could be read in
two ways; where that fails, the block is read line by line (``records``), with the same
rows for the same lines.
"""

import polars as pl

from states.layouts.decode import Block
from states.layouts.shape import LINE, Shape

_MARK, _BREAK = b'"', b"\n"


def fields_of(block: Block, shape: Shape) -> pl.DataFrame | None:
    """Cut a block into columns of text and the line number; None if it is not all sound.

    An empty field may be null or the empty text.
    """
    text = block.text.encode()
    if not _is_plain(text, shape):
        return None
    quoted = shape.quoted and _MARK in text
    if not (_is_framed if quoted else _is_parted)(text, block.size, shape):
        return None
    return _table(text, block, shape, quoted=quoted)


def _is_plain(text: bytes, shape: Shape) -> bool:
    """Tell that there is something to cut, and that no line is another kind of fault."""
    if not text or shape.width == 1 or len(shape.delimiter.encode()) > 1:
        return False
    header = shape.header
    return b"\0" not in text and (header is None or header.encode() not in text)


def _is_parted(text: bytes, lines: int, shape: Shape) -> bool:
    """Tell whether each line has its delimiters, no more and no fewer."""
    delimiter = shape.delimiter.encode()
    return _marks(text, delimiter) == _repeated(delimiter * (shape.width - 1), lines)


def _is_framed(text: bytes, lines: int, shape: Shape) -> bool:
    """Tell whether each field of each line stands in two marks, and there are no others.

    Each line has two marks a field, and begins and ends with one. Then none has more
    joints (mark, delimiter, mark) than it should, but for a line that begins with mark
    and delimiter; and where all have so many together, each has.
    """
    delimiter = shape.delimiter.encode()
    begun = _MARK + delimiter
    return (
        text.startswith(_MARK)
        and text.endswith(_MARK)
        and not text.startswith(begun)
        and _marks(text, _MARK) == _repeated(_MARK * (2 * shape.width), lines)
        and text.count(_MARK + _BREAK + _MARK) == lines - 1
        and _BREAK + begun not in text
        and text.count(begun + _MARK) == (shape.width - 1) * lines
    )


def _marks(text: bytes, mark: bytes) -> bytes:
    """Leave nothing of the text but a mark and the line breaks."""
    others = bytes(byte for byte in range(256) if byte not in mark + _BREAK)
    return text.translate(None, others)


def _repeated(marks: bytes, lines: int) -> bytes:
    return ((marks + _BREAK) * lines).removesuffix(_BREAK)


def _table(
    text: bytes, block: Block, shape: Shape, *, quoted: bool
) -> pl.DataFrame | None:
    every = {name or f"__{place}": pl.String for place, name in enumerate(shape.names)}
    fields = pl.read_csv(
        text,
        separator=shape.delimiter,
        quote_char='"' if quoted else None,
        has_header=False,
        schema=every,
        columns=[place for place, name in enumerate(shape.names) if name],
    )
    numbers = pl.int_range(block.first_line, block.first_line + block.size, eager=True)
    return (
        fields.with_columns(numbers.alias(LINE)) if len(fields) == block.size else None
    )
