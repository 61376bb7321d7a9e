"""Places of a definition in words: "Form › Who is applying › Phone number › Label (Vietnamese)". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from procedures.definitions import places

SEPARATOR = " › "
LANGUAGES = {"vi": gettext_lazy("in Vietnamese"), "en": gettext_lazy("in English")}
# Lists whose items say enough by themselves: "Form › Who is applying", not "Form › Steps › Who is applying".
SILENT = frozenset({"steps", "fields"})
WORDS: Mapping[str, Promise] = {
    "accept": gettext_lazy("File formats"),
    "accepts": gettext_lazy("Results that stand in for it"),
    "agency": gettext_lazy("Agency that handles it"),
    "amount": gettext_lazy("Amount"),
    "answers": gettext_lazy("Answers"),
    "applicant": gettext_lazy("Applicant"),
    "applies": gettext_lazy("Applies when"),
    "basis": gettext_lazy("Legal basis"),
    "cases": gettext_lazy("Golden cases"),
    "channel": gettext_lazy("Channel"),
    "checks": gettext_lazy("Checks"),
    "claims": gettext_lazy("Data in the result"),
    "code": gettext_lazy("Code"),
    "compute": gettext_lazy("Computed as"),
    "condition": gettext_lazy("Condition"),
    "conditions": gettext_lazy("Named conditions"),
    "consults": gettext_lazy("Agencies consulted"),
    "count": gettext_lazy("What is counted"),
    "counter_amount": gettext_lazy("Amount at the counter"),
    "css": gettext_lazy("Style (CSS)"),
    "date_of_birth": gettext_lazy("Field with the date of birth"),
    "copies": gettext_lazy("Scan that is copied into the paper"),
    "days": gettext_lazy("Days"),
    "declaration": gettext_lazy("Declaration"),
    "english": gettext_lazy("English rendition"),
    "examples": gettext_lazy("Examples of the fee"),
    "exemptions": gettext_lazy("Exemptions and reductions"),
    "expect": gettext_lazy("Expected"),
    "expression": gettext_lazy("Expression"),
    "fees": gettext_lazy("Fees"),
    "field": gettext_lazy("Field of work"),
    "fields": gettext_lazy("Fields"),
    "fills": gettext_lazy("Fields it fills in"),
    "form": gettext_lazy("Form"),
    "given": gettext_lazy("Given"),
    "hint": gettext_lazy("Hint"),
    "hours": gettext_lazy("Working hours"),
    "html": gettext_lazy("Text of the paper (HTML)"),
    "intro": gettext_lazy("Introduction"),
    "key": gettext_lazy("Key"),
    "keywords": gettext_lazy("Search words"),
    "kind": gettext_lazy("Kind"),
    "label": gettext_lazy("Label"),
    "layout": gettext_lazy("Layout of the paper"),
    "legal": gettext_lazy("Legal bases"),
    "level": gettext_lazy("Level"),
    "level_reason": gettext_lazy("Reason for the level"),
    "life_event": gettext_lazy("Event of life"),
    "list": gettext_lazy("Code list"),
    "lists": gettext_lazy("Code lists"),
    "lock": gettext_lazy("Locked"),
    "max": gettext_lazy("Greatest value"),
    "max_files": gettext_lazy("Number of files"),
    "max_length": gettext_lazy("Longest text"),
    "max_mb": gettext_lazy("Largest file (MB)"),
    "message": gettext_lazy("Message"),
    "messages": gettext_lazy("Messages"),
    "min": gettext_lazy("Least value"),
    "most": gettext_lazy("At most"),
    "name": gettext_lazy("Name"),
    "number": gettext_lazy("Number"),
    "options": gettext_lazy("Options"),
    "orientation": gettext_lazy("Upright or across"),
    "origin": gettext_lazy("Copied from"),
    "outcome": gettext_lazy("What the officers fill in"),
    "paper": gettext_lazy("Paper"),
    "papers": gettext_lazy("Papers"),
    "pattern": gettext_lazy("Pattern"),
    "percent": gettext_lazy("Per cent"),
    "personal": gettext_lazy("Compared with"),
    "prefill": gettext_lazy("Prefilled from"),
    "purpose": gettext_lazy("Purpose"),
    "quantity": gettext_lazy("Quantity"),
    "regex": gettext_lazy("Regular expression"),
    "refunds": gettext_lazy("Goes back by itself"),
    "required": gettext_lazy("Required"),
    "requirements": gettext_lazy("Requirements"),
    "result": gettext_lazy("Result"),
    "reuse": gettext_lazy("Reuse of results"),
    "role": gettext_lazy("Role"),
    "schema": gettext_lazy("Format of the definition"),
    "sex": gettext_lazy("Field with the sex"),
    "share": gettext_lazy("Share of the time"),
    "silence": gettext_lazy("Silence means"),
    "shows": gettext_lazy("What is shown"),
    "size": gettext_lazy("Size of the paper"),
    "stages": gettext_lazy("Processing"),
    "statements": gettext_lazy("What the holder can show without the rest"),
    "steps": gettext_lazy("Steps"),
    "subject": gettext_lazy("Whom it is about"),
    "summary": gettext_lazy("Summary"),
    "symbol": gettext_lazy("Symbol"),
    "template": gettext_lazy("Template"),
    "tiers": gettext_lazy("Tiers"),
    "time": gettext_lazy("Processing time"),
    "title": gettext_lazy("Title"),
    "type": gettext_lazy("Type"),
    "unit": gettext_lazy("Unit"),
    "unit_amount": gettext_lazy("Amount for one"),
    "upto": gettext_lazy("Up to"),
    "about": gettext_lazy("About whom"),
    "max_age_days": gettext_lazy("At most so many days old"),
    "validity_months": gettext_lazy("Valid for (months)"),
    "value": gettext_lazy("Value"),
    "when": gettext_lazy("Asked for"),
    "who": gettext_lazy("Who may apply"),
    "widget": gettext_lazy("Shown as"),
}


def label(place: str, *definitions: Mapping[str, Any]) -> str:
    """`place` in the language in use; items are called as the first of `definitions` that has them calls them."""
    words = list(_words(place, definitions))
    if len(words) > 1 and words[-1] in map(str, LANGUAGES.values()):
        last = words.pop()
        words[-1] = f"{words[-1]} ({last})"
    return SEPARATOR.join(words)


def called(item: Any) -> str:
    """What a person calls an item: its title, label or name; "" when it has none."""
    for name in ("title", "label", "name", "message"):
        text = item.get(name) if isinstance(item, Mapping) else None
        if found := _text(text):
            return found
    return _text(item)


def shown(value: Any) -> str:
    """A value as a person reads it, in the language in use; parts with many values are told by their names."""
    match value:
        case None:
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case str() | int():
            return str(value)
        case list():
            return ", ".join(shown(item) for item in value)
    return called(value) or "; ".join(f"{word(key)}: {shown(item)}" for key, item in value.items())


def word(key: str) -> str:
    """The word for an attribute; a key that the definition made itself stands for itself."""
    return str(LANGUAGES.get(key) or WORDS.get(key) or key)


def _words(place: str, definitions: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    segments = places.split(place)
    for index, segment in enumerate(segments):
        here = places.join(*segments[: index + 1])
        if _is_item(here, definitions):
            yield _item(here, segment, definitions)
        elif segment not in SILENT or index == len(segments) - 1:
            yield segment if _is_own(segments[:index]) else word(segment)


def _is_own(way: tuple[str, ...]) -> bool:
    """Whether keys there are the definition's own names."""
    return bool(places.FREE & set(way))


def _is_item(place: str, definitions: tuple[Mapping[str, Any], ...]) -> bool:
    around = places.parent(place)
    return bool(around) and any(isinstance(places.value(each, around), list) for each in definitions)


def _item(place: str, segment: str, definitions: tuple[Mapping[str, Any], ...]) -> str:
    for definition in definitions:
        item = places.value(definition, place)
        if item is not None and (found := called(item)):
            return found if len(found) <= 60 else f"{found[:59]}…"
    number = segment.removeprefix("#")
    return str(int(number) + 1) if number.isdigit() else segment


def _text(value: Any) -> str:
    """A text of a definition in the language in use, else in the other one."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    found = [value.get(language) for language in (get_language() or "vi", "vi", "en")]
    return next((text for text in found if isinstance(text, str) and text), "")
