"""Keys that nobody has to think of: made from the Vietnamese words."""

from __future__ import annotations

import re
from collections.abc import Collection

from procedures.eforms import lists
from procedures.eforms.soundness import CONTEXT

LONGEST = 40


def proposed(words: str, taken: Collection[str] = (), *, fallback: str = "cau") -> str:
    """ "Số định danh của cha" → "so_dinh_danh_cua_cha", with a number when that is taken.

    Always a sound key: lower-case letters, digits and single _, beginning with a letter, and none of the
    names that expressions already have.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", lists.fold(words)).strip("_")[:LONGEST].strip("_")
    plain = plain if plain[:1].isalpha() else f"{fallback}_{plain}".strip("_")
    known = set(taken) | CONTEXT
    found, number = plain, 2
    while found in known:
        found, number = f"{plain}_{number}", number + 1
    return found
