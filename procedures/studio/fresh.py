"""Keys of new items in lists whose keys nobody needs to know."""

from __future__ import annotations

from procedures.definitions.models import ProcedureVersion
from procedures.studio import places


def key(draft: ProcedureVersion, list_place: str, word: str) -> str:
    """A key that no other item of the list has: "giay_to_3"."""
    taken = {places.name_of(item) for _at, item in places.items(draft.definition, list_place)}
    return next(found for number in range(1, 1000) if (found := f"{word}_{number}") not in taken)
