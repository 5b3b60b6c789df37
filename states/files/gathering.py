"""Files and folders that someone names on this machine: which files they are, and what to call them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from coop.errors import Conflict, Invalid
from states.files.archives import is_data, is_inner_zip
from states.files.rules import check_name


def named_files(paths: Iterable[Path]) -> dict[str, Path]:
    """Return every file to deliver by the name it is to have in the delivery, in order.

    A folder stands for the texts and zips in it and below it, read-me and layout texts left
    out; where two have one name, each is called by its way from the folder. Raises
    `Invalid` for a folder without any or a name that no file may have, `Conflict`
    where two files would have one name, `OSError` for what is not there.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for name, file in _named(path):
            check_name(name)
            if found.setdefault(name, file) != file:
                raise Conflict("file_name_taken", f"Two files are named {name}.")
    return found


def _named(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        path.stat()
        yield path.name, path
        return
    files = sorted(one for one in path.rglob("*") if one.is_file() and _is_wanted(one))
    if not files:
        raise Invalid("delivery_empty", f"{path} holds no voter or history file.")
    names = [one.name for one in files]
    for file in files:
        is_alone = names.count(file.name) == 1
        way = file.relative_to(path).parts
        yield file.name if is_alone else " - ".join(way), file


def _is_wanted(file: Path) -> bool:
    return is_data(file.name) or is_inner_zip(file.name)
