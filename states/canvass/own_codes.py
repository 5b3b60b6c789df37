"""Named reads of activist codes as criteria name them: an organization's own, unknown to every other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from uuid import UUID

from states.canvass.models import ActivistCode


class KnownCodes(Mapping[str, UUID]):
    """The ids of the codes that the open scope's organization has, archived ones too, by name.

    Read at the first look: most questions about voters ask about no code.
    """

    @cached_property
    def _codes(self) -> dict[str, UUID]:
        rows = ActivistCode.objects.order_by("name").values_list("name", "id")
        return dict(rows.iterator())

    def __getitem__(self, name: str) -> UUID:
        return self._codes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def meant(self, name: str) -> UUID | None:
        """Return the id of the code of this name, or of the only one so named in other cases; else None."""
        if name in self._codes:
            return self._codes[name]
        folded = name.casefold()
        alike = [its for one, its in self._codes.items() if one.casefold() == folded]
        return alike[0] if len(alike) == 1 else None
