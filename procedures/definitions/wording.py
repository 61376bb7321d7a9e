"""Addresses inside a definition: "form.steps.person.fields.person_dob.label.vi".

Items of a list are named by their `key` (options by their `value`), others by their number, so that an
address keeps its meaning while things are moved. What points into a definition (a finding, a difference, a
link into the editor) carries such an address; here it is read, and put into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

# Lists and containers that say nothing in an address put into words: what follows names itself.
_SILENT = frozenset({"form", "steps", "fields", "vi", "en"})
_WORDS = {
    "name": gettext_lazy("Name"),
    "field": gettext_lazy("Field of work"),
    "life_event": gettext_lazy("Life event"),
    "summary": gettext_lazy("Summary"),
    "keywords": gettext_lazy("Search words"),
    "agency": gettext_lazy("Competent agency"),
    "level_reason": gettext_lazy("Why only partly online"),
    "legal": gettext_lazy("Legal bases"),
    "who": gettext_lazy("Who may apply"),
    "requirements": gettext_lazy("Requirements"),
    "time": gettext_lazy("Processing time"),
    "declaration": gettext_lazy("Declaration"),
    "subject": gettext_lazy("Whom it is about"),
    "papers": gettext_lazy("Papers"),
    "reuse": gettext_lazy("Papers taken over"),
    "fees": gettext_lazy("Fees"),
    "stages": gettext_lazy("Processing"),
    "result": gettext_lazy("Result"),
    "messages": gettext_lazy("Messages"),
    "conditions": gettext_lazy("Conditions"),
    "cases": gettext_lazy("Sample dossiers"),
    "key": gettext_lazy("key"),
    "title": gettext_lazy("title"),
    "label": gettext_lazy("label"),
    "intro": gettext_lazy("introduction"),
    "hint": gettext_lazy("hint"),
    "purpose": gettext_lazy("why it is asked"),
    "applies": gettext_lazy("when it applies"),
    "required": gettext_lazy("when it must be answered"),
    "compute": gettext_lazy("how it is computed"),
    "expression": gettext_lazy("rule"),
    "message": gettext_lazy("message"),
    "checks": gettext_lazy("check"),
    "options": gettext_lazy("option"),
    "prefill": gettext_lazy("filled in from"),
    "pattern": gettext_lazy("pattern"),
    "unit_amount": gettext_lazy("amount"),
    "counter_amount": gettext_lazy("amount at the counter"),
    "tiers": gettext_lazy("tiers"),
    "quantity": gettext_lazy("quantity"),
    "exemptions": gettext_lazy("exemption"),
    "examples": gettext_lazy("example"),
    "basis": gettext_lazy("legal basis"),
    "share": gettext_lazy("share of the time"),
    "role": gettext_lazy("role"),
    "consults": gettext_lazy("agency consulted"),
    "template": gettext_lazy("template"),
    "claims": gettext_lazy("data in the result"),
    "condition": gettext_lazy("which papers will do"),
    "fills": gettext_lazy("what it fills in"),
    "accepts": gettext_lazy("results accepted instead"),
}


def name_of(item: Any, index: int) -> str:
    """What a list's item is called in an address."""
    if isinstance(item, Mapping):
        for name in ("key", "value"):
            if isinstance(given := item.get(name), str) and given:
                return given
    return str(index)


def of_path(definition: Mapping[str, Any], path: str) -> str:
    """The address of "form.steps[1].fields[0].type"; what does not exist keeps its number."""
    found: list[str] = []
    value: Any = definition
    for key, number in _STEP.findall(path):
        if number:
            item = value[int(number)] if isinstance(value, list) and int(number) < len(value) else None
            found.append(name_of(item, int(number)))
            value = item
        else:
            found.append(key)
            value = value.get(key) if isinstance(value, Mapping) else None
    return ".".join(found)


def walk(definition: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    """(part, value there) along the address; ends where the definition ends."""
    value: Any = definition
    for part in place.split(".") if place else ():
        value = _inside(value, part)
        yield part, value


def _inside(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list):
        return next((item for i, item in enumerate(value) if name_of(item, i) == part), None)
    return None


def label(definition: Mapping[str, Any], place: str, language: str) -> str:
    """ "Cha và mẹ › Số định danh của cha › gợi ý": the address in words, in `language` where names are."""
    words = [said for part, value in walk(definition, place) if (said := _said(part, value, language))]
    return " › ".join(words) or _("The whole procedure")


def _said(part: str, value: Any, language: str) -> str:
    if part in _SILENT:
        return ""
    if isinstance(value, Mapping) and part not in _WORDS:
        return title(value, language) or part
    if part in _WORDS:
        return str(_WORDS[part])
    return str(int(part) + 1) if part.isdecimal() else part


def title(item: Mapping[str, Any], language: str) -> str:
    """What an item is called by itself: its title, label or name; "" when it has none."""
    for name in ("title", "label", "name"):
        text = item.get(name)
        if isinstance(text, Mapping) and (said := text.get(language) or text.get("vi")):
            return str(said)
    return ""
