"""Which comparisons fit which kind of answer, what each wants to be compared with, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from procedures.eforms.questions import FieldType
from procedures.eforms.subjects import CLAIM, CONDITION, Subject
from procedures.eforms.trees import Measure, Operator

# What an operator is compared with: nothing, a control of that kind, or the inner rows of a group.
NOTHING, TEXT, NUMBER, DATE, TIME, OPTION, OPTIONS, OTHER, ROWS = (
    "",
    "text",
    "number",
    "date",
    "time",
    "option",
    "options",
    "other",
    "rows",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the operator select. `code` is what is posted."""

    code: str
    label: Any
    wants: str = NOTHING


_LABELS: Mapping[str, Any] = {
    "is": pgettext_lazy("condition", "is"),
    "is_not": pgettext_lazy("condition", "is not"),
    "is_other": pgettext_lazy("condition", "is the same as the answer to"),
    "is_not_other": pgettext_lazy("condition", "is not the same as the answer to"),
    "one_of": pgettext_lazy("condition", "is one of"),
    "not_one_of": pgettext_lazy("condition", "is none of"),
    "contains": pgettext_lazy("condition", "includes"),
    "contains_not": pgettext_lazy("condition", "does not include"),
    "answered": pgettext_lazy("condition", "is answered"),
    "not_answered": pgettext_lazy("condition", "is not answered"),
    "known": pgettext_lazy("condition", "is known"),
    "unknown": pgettext_lazy("condition", "is not known"),
    "yes": pgettext_lazy("condition", "is “Yes”"),
    "no": pgettext_lazy("condition", "is “No”"),
    "not_yes": pgettext_lazy("condition", "is not “Yes”"),
    "not_no": pgettext_lazy("condition", "is not “No”"),
    "holds": pgettext_lazy("condition", "holds"),
    "not_holds": pgettext_lazy("condition", "does not hold"),
    "below": pgettext_lazy("condition", "is less than"),
    "at_most": pgettext_lazy("condition", "is at most"),
    "above": pgettext_lazy("condition", "is more than"),
    "at_least": pgettext_lazy("condition", "is at least"),
    "years.at_least": pgettext_lazy("condition", "is at least … years ago (age)"),
    "years.below": pgettext_lazy("condition", "is less than … years ago (age)"),
    "years.above": pgettext_lazy("condition", "is more than … full years ago"),
    "years.at_most": pgettext_lazy("condition", "is at most … full years ago"),
    "years.is": pgettext_lazy("condition", "is exactly … full years ago"),
    "years.is_not": pgettext_lazy("condition", "is not exactly … full years ago"),
    "days.at_least": pgettext_lazy("condition", "is at least … days ago"),
    "days.below": pgettext_lazy("condition", "is less than … days ago"),
    "days.above": pgettext_lazy("condition", "is more than … days ago"),
    "days.at_most": pgettext_lazy("condition", "is at most … days ago"),
    "days.is": pgettext_lazy("condition", "is exactly … days ago"),
    "days.is_not": pgettext_lazy("condition", "is not exactly … days ago"),
    "count.at_least": pgettext_lazy("condition", "has at least … entries"),
    "count.below": pgettext_lazy("condition", "has less than … entries"),
    "count.above": pgettext_lazy("condition", "has more than … entries"),
    "count.at_most": pgettext_lazy("condition", "has at most … entries"),
    "count.is": pgettext_lazy("condition", "has exactly … entries"),
    "count.is_not": pgettext_lazy("condition", "has not exactly … entries"),
    "some": pgettext_lazy("condition", "has at least one entry where"),
    "every": pgettext_lazy("condition", "has only entries where"),
    "none": pgettext_lazy("condition", "has no entry where"),
}
# Codes that stand for an operator together with its value.
FIXED: Mapping[str, tuple[Operator, bool | str]] = {
    "yes": ("is", True),
    "no": ("is", False),
    "not_yes": ("is_not", True),
    "not_no": ("is_not", False),
    "known": ("is_not", ""),
    "unknown": ("is", ""),
}
_EARLIER: Mapping[str, Any] = {
    "below": pgettext_lazy("condition", "is before"),
    "at_most": pgettext_lazy("condition", "is not after"),
    "above": pgettext_lazy("condition", "is after"),
    "at_least": pgettext_lazy("condition", "is not before"),
}
_UNANSWERED = ("answered", "not_answered")
_KNOWN = ("known", "unknown")
_ORDER = ("below", "at_most", "above", "at_least")
_COUNT = ("count.at_least", "count.at_most", "count.is")
_AGE = ("years.at_least", "years.below", "days.at_most", "days.above")
_OFFERED: Mapping[str, tuple[str, ...]] = {
    FieldType.INTEGER: ("is", "is_not", *_ORDER, *_UNANSWERED),
    FieldType.MONEY: ("is", "is_not", *_ORDER, *_UNANSWERED),
    FieldType.DATE: (*_AGE, *_ORDER, "is", "is_not", *_UNANSWERED),
    FieldType.TIME: (*_ORDER, "is", *_UNANSWERED),
    FieldType.CHOICE: ("is", "is_not", "one_of", "not_one_of", *_UNANSWERED),
    FieldType.CHOICES: ("contains", "contains_not", *_COUNT, *_UNANSWERED),
    FieldType.YES_NO: ("yes", "no", *_UNANSWERED),
    FieldType.FILE: (*_UNANSWERED, *_COUNT),
    FieldType.GROUP: ("some", "every", "none", *_COUNT, *_UNANSWERED),
    CONDITION: ("holds", "not_holds"),
    CLAIM: ("is", "is_not", *_UNANSWERED, *_KNOWN),
}
_WANTS: Mapping[str, str] = {
    FieldType.INTEGER: NUMBER,
    FieldType.MONEY: NUMBER,
    FieldType.DATE: DATE,
    FieldType.TIME: TIME,
    FieldType.CHOICE: OPTION,
    FieldType.CHOICES: OPTION,
}


def offered(subject: Subject, now: str = "", *, has_others: bool = True) -> list[Choice]:
    """The operators that fit `subject`, and `now`, which a rule already has, whatever it is.

    `has_others`: whether there are other answers of the same kind to compare with.
    """
    codes = _OFFERED.get(subject.type, ("is", "is_not", *_UNANSWERED))
    if subject.key in ("today", "channel"):
        codes = _ORDER if subject.key == "today" else ("is", "is_not")
    elif subject.key.startswith("applicant."):
        codes = (*(code for code in codes if code not in _UNANSWERED), *_KNOWN)
    if has_others and "is" in codes:
        codes = (*codes, "is_other", "is_not_other")
    if now in _LABELS and now not in codes:
        codes = (*codes, now)
    return [choice(subject, code) for code in codes]


def choice(subject: Subject, code: str) -> Choice:
    is_earlier = subject.type in (FieldType.DATE, FieldType.TIME) and code in _EARLIER
    return Choice(code, _EARLIER[code] if is_earlier else _LABELS[code], wants(subject, code))


def wants(subject: Subject, code: str) -> str:
    """What `code` compares `subject` with."""
    if code in ("some", "every", "none"):
        return ROWS
    if code in ("is_other", "is_not_other"):
        return OTHER
    if "." in code:
        return NUMBER
    if code in ("one_of", "not_one_of"):
        return OPTIONS if subject.options else TEXT
    if code in ("is", "is_not", "contains", "contains_not", *_ORDER):
        found = _WANTS.get(subject.type, TEXT)
        return TEXT if found == OPTION and not subject.options else found
    return NOTHING


def split(code: str) -> tuple[Operator, Measure]:
    """The operator and the measure of a posted code."""
    measure, _dot, operator = code.rpartition(".")
    return operator, measure  # type: ignore[return-value]  # codes are made of these


def joined(operator: str, measure: str) -> str:
    return f"{measure}.{operator}" if measure else operator
