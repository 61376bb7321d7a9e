"""Differences of two versions as a page shows them: by section, each with words for what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import pgettext_lazy

from procedures.definitions import diffing, wording
from procedures.studio import sections as editor

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

KINDS: dict[str, tuple[str, str, _StrPromise]] = {  # kind → tone and glyph of its tag, and its word
    "added": ("g", "plus", pgettext_lazy("difference", "Added")),
    "removed": ("r", "minus", pgettext_lazy("difference", "Removed")),
    "changed": ("b", "pen", pgettext_lazy("difference", "Changed")),
    "moved": ("n", "swap", pgettext_lazy("difference", "Moved")),
}
# The top of a place → the section that it is edited in; anything else is information about the procedure.
SECTION_OF = {
    "form": "form",
    "conditions": "form",
    "papers": "papers",
    "reuse": "papers",
    "fees": "fees",
    "stages": "processing",
    "result": "result",
    "messages": "messages",
    "cases": "cases",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One difference; `before` and `after` in words, "" where there is nothing."""

    kind: str
    tone: str
    glyph: str
    word: _StrPromise
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    name: Any
    lines: list[Line]


def sections(differences: Iterable[diffing.Difference]) -> list[Section]:
    """In the order of the editor; sections without differences are left out."""
    found: dict[str, list[Line]] = {}
    for each in differences:
        key = SECTION_OF.get(each.place.partition(".")[0], "information")
        found.setdefault(key, []).append(_line(each))
    names = {key: name for key, (_slug, _icon, name) in editor.SECTIONS.items()}
    names["cases"] = pgettext_lazy("section", "Sample dossiers")
    return [Section(key, name, found[key]) for key, name in names.items() if key in found]


def _line(each: diffing.Difference) -> Line:
    tone, glyph, word = KINDS[each.kind]
    before, after = (wording.shown(value) for value in (each.before, each.after))
    return Line(each.kind, tone, glyph, word, each.label, before, after)
