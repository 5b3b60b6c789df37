"""How the lines of one file are cut, as its header and its layout say."""

from dataclasses import dataclass

LINE = "__line"
"""The column of the line's number, beside the file's own."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of one file are cut.

    ``names`` has a name for each position that is read, None for the others;
    ``header`` is the header line itself; ``withhold`` keeps rejected lines out.
    With ``spans`` (start and width of each position) the lines are of fixed width,
    and as long as one of ``lengths``. ``trailing`` forgives so many delimiters at the end.
    """

    delimiter: str
    quoted: bool
    names: tuple[str | None, ...]
    header: str | None = None
    withhold: bool = False
    trailing: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    lengths: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Count the columns that each line must have."""
        return len(self.names)
