"""Controls that are typed into: a line of text, a number, a date in three boxes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from portal import words
from procedures.eforms import expressions, validators, values
from procedures.eforms.entries import Entry
from procedures.eforms.questions import FieldType

Data = MultiValueDict[str, Any]
LONGEST = 40_000  # characters that are looked at, whatever arrives


class Control:
    """One line of text."""

    names: tuple[str, ...] = ("",)  # endings of the names of its inputs

    def read(self, data: Data, files: Data, name: str) -> Any:
        return str(data.get(name) or "")

    def show(self, value: Any, entry: Entry) -> Any:
        return "" if value is None else str(value)

    def is_blank(self, raw: Any) -> bool:
        return not raw.strip()

    def clean(self, entry: Entry) -> Any:
        question = entry.question
        text = validators.clean_text(
            entry.raw[:LONGEST],
            entry.label,
            max_length=question.max_length or 200,
            multiline=question.type == FieldType.LONG_TEXT,
        )
        pattern = question.pattern
        if text and pattern and not expressions.matches(text, pattern.regex):
            raise ValidationError(str(pattern.message), "pattern")
        return text

    def absent(self, entry: Entry) -> str:
        return _("Fill in %(name)s") % {"name": validators.inside(entry.label)}


class Parsed(Control):
    """A line that one function of `validators` reads."""

    def __init__(self, parse: Callable[[str, str], Any]) -> None:
        self.parse = parse

    def clean(self, entry: Entry) -> Any:
        text = validators.clean_text(entry.raw[:LONGEST], entry.label, max_length=254)
        return self.parse(text, entry.label)


class Number(Parsed):
    """Whole numbers, bounded by `min` and `max`."""

    def show(self, value: Any, entry: Entry) -> str:
        if value is None:
            return ""
        return words.count(value) if entry.question.type == FieldType.MONEY else str(value)

    def clean(self, entry: Entry) -> Any:
        value = super().clean(entry)
        question = entry.question
        least = 0 if question.min is None and question.type == FieldType.MONEY else question.min
        if isinstance(least, int) and value < least:
            message = _("%(label)s must be %(bound)s or more")
            raise validators.wrong(message, entry.label, bound=words.count(least))
        if isinstance(question.max, int) and value > question.max:
            message = _("%(label)s must be %(bound)s or less")
            raise validators.wrong(message, entry.label, bound=words.count(question.max))
        return value


class ThreeBoxes(Control):
    """A date in three boxes; raw is (day, month, year)."""

    names = ("__d", "__m", "__y")

    def read(self, data: Data, files: Data, name: str) -> tuple[str, ...]:
        boxes = tuple(str(data.get(name + ending) or "")[:40].strip() for ending in self.names)
        # Somebody pasted the whole date into the first box.
        if boxes[0] and not boxes[1] and not boxes[2]:
            return (
                tuple(_WHOLE_DATE.sub(r"\1 \2 \3", boxes[0]).split(" "))
                if _WHOLE_DATE.match(boxes[0])
                else boxes
            )
        return boxes

    def show(self, value: Any, entry: Entry) -> tuple[str, ...]:
        if value is None:
            return ("", "", "")
        year, month, day = value.split("-")
        return (str(int(day)), str(int(month)), year)

    def is_blank(self, raw: Any) -> bool:
        return not any(raw)

    def clean(self, entry: Entry) -> str:
        day, month, year = entry.raw
        value = validators.date(day, month, year, entry.label)
        for bound, is_out in (("max", value.__gt__), ("min", value.__lt__)):
            text = getattr(entry.question, bound)
            limit = expressions.evaluate(text, entry.scope, form=entry.form) if text else None
            if isinstance(limit, str) and is_out(limit):
                raise validators.wrong(_bound_message(bound, text), entry.label, limit=values.dmy(limit))
        return value


_WHOLE_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\Z", re.ASCII)


def _bound_message(bound: str, text: str) -> str:
    if text.strip() == "today":
        return (
            _("%(label)s must be today or earlier")
            if bound == "max"
            else _("%(label)s must be today or later")
        )
    return (
        _("%(label)s must be %(limit)s or earlier")
        if bound == "max"
        else _("%(label)s must be %(limit)s or later")
    )
