"""A condition as one sentence, with the labels of fields and options: “For whom … is “My child”, and …”."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures.eforms import parsing, subjects, trees, values
from procedures.eforms.questions import FieldType, Form
from procedures.eforms.subjects import Subject, Subjects
from procedures.eforms.trees import Group, Ref, Relative, Rows, Rule, Tree

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
Written = Tree | str | None
Whence = Form | Mapping[str, Any] | None


def words(condition: Written, form: Whence, language: str = "vi") -> str:
    """What `condition` (a tree or CEL) says, in plain words; never fails.

    `form`: where the labels are: a Form, a definition as edited, or the subjects of one. An expression that
    is richer than a tree is quoted as it stands; an empty one says “always”.
    """
    with translation.override("en" if language.startswith("en") else "vi"):
        tree = condition
        if isinstance(condition, str):
            tree = parsing.parse(condition)
            if tree is None:
                text = " ".join(condition.split())
                return _("the expression “%(text)s” holds") % {"text": text} if text else _("always")
        tree = trees.normalised(tree) if tree else None  # type: ignore[arg-type]
        return _Words(_subjects(form), language).of(tree) if tree else _("always")


def _subjects(form: Whence) -> Subjects:
    if isinstance(form, Form):
        return subjects.of_form(form)
    if form and all(isinstance(value, Subject) for value in form.values()):
        return form
    return subjects.of_definition(form or {})


class _Words:
    def __init__(self, known: Subjects, language: str) -> None:
        self._known = subjects.with_context(known)
        self._language = language
        labels = Counter(subject.label for subject in self._known.values())
        self._ambiguous = {label for label, times in labels.items() if times > 1}

    def of(self, tree: Tree) -> str:
        if isinstance(tree, Group):
            return self._group(tree)
        return self._rows(tree) if isinstance(tree, Rows) else self._rule(tree)

    def _group(self, group: Group) -> str:
        together = group.kind in ("all", "not_all")
        parts = [self._part(item) for item in group.items]
        joined = reduce(_and if together else _or, parts)
        if group.kind in ("all", "any"):
            return joined
        return _("it is not so that (%(what)s)") % {"what": joined}

    def _part(self, item: Tree) -> str:
        text = self.of(item)
        return f"({text})" if isinstance(item, Group) and item.kind in ("all", "any") else text

    def _rows(self, rows: Rows) -> str:
        sentence = {
            "some": _("at least one entry of “%(group)s” fulfils: %(what)s"),
            "every": _("every entry of “%(group)s” fulfils: %(what)s"),
            "none": _("no entry of “%(group)s” fulfils: %(what)s"),
        }[rows.quantifier]
        return sentence % {"group": self._called(rows.subject), "what": self.of(rows.condition)}

    # ── One rule ──────────────────────────────────────────────────────────────────────────────────

    def _rule(self, rule: Rule) -> str:
        subject = self._subject(rule.subject)
        parts: dict[str, Any] = {"subject": self._called(rule.subject), "value": self._value(rule, subject)}
        if rule.operator in ("holds", "not_holds"):
            return self._holds(subject, positive=rule.operator == "holds")
        if rule.measure in ("years", "days") and isinstance(rule.value, int):
            return _since(rule, parts)
        if rule.measure == "count":
            parts["subject"] = _("the number of entries of “%(group)s”") % {"group": parts["subject"]}
        elif rule.value == "" and rule.operator in ("is", "is_not"):
            return _EMPTY[rule.operator]() % parts
        elif rule.operator in trees.ORDER and subject.type in (FieldType.DATE, FieldType.TIME):
            return _EARLIER[rule.operator]() % parts
        return _SENTENCES[rule.operator]() % parts

    def _holds(self, subject: Subject, *, positive: bool) -> str:
        name = subject.label.get(self._language) or subject.key
        if subject.type == subjects.CONDITION:
            return (_("“%(name)s”") if positive else _("not “%(name)s”")) % {"name": name}
        parts = {"subject": self._called(subject.key), "value": _quoted(_("Yes") if positive else _("No"))}
        return _SENTENCES["is"]() % parts

    def _subject(self, key: str) -> Subject:
        return subjects.as_named(self._known, key)

    def _called(self, key: str) -> str:
        """The label as it stands in a sentence, with its step where several questions are called the same."""
        subject = self._subject(key)
        label = subject.label.get(self._language).rstrip("?:. ") or key
        if subject.step is None or subject.label not in self._ambiguous:
            return label
        return _("%(label)s (%(step)s)") % {"label": label, "step": subject.step.get(self._language)}

    def _value(self, rule: Rule, subject: Subject) -> str:
        value = rule.value
        if isinstance(value, Ref):
            return _("today") if value.subject == "today" else _other(self._called(value.subject))
        if isinstance(value, Relative):
            return _relative(value)
        if isinstance(value, tuple):
            return _alternatives([self._text(item, subject) for item in value])
        if isinstance(value, bool):
            return _quoted(_("Yes") if value else _("No"))
        if isinstance(value, int):
            return _number(value, subject, self._language)
        return self._text(value or "", subject)

    def _text(self, value: str, subject: Subject) -> str:
        if subject.type == FieldType.DATE and _DAY.match(value):
            return values.dmy(value)
        return _quoted(subject.label_of(value).get(self._language))


def _and(one: str, other: str) -> str:
    return _("%(one)s, and %(other)s") % {"one": one, "other": other}


def _or(one: str, other: str) -> str:
    return _("%(one)s, or %(other)s") % {"one": one, "other": other}


def _alternatives(options: list[str]) -> str:
    """“A”, “B” or “C”"""
    *most, last = options or [""]
    return _("%(one)s or %(other)s") % {"one": ", ".join(most), "other": last} if most else last


def _quoted(text: str) -> str:
    return f"“{text}”"


def _other(label: str) -> str:
    return _("the answer to “%(label)s”") % {"label": label}


def _number(value: int, subject: Subject, language: str) -> str:
    grouped = f"{value:,}" if language.startswith("en") else f"{value:,}".replace(",", ".")
    return f"{grouped}\u00a0đ" if subject.type == FieldType.MONEY else grouped


def _relative(value: Relative) -> str:
    number, before = abs(value.number), value.number < 0
    amount = {
        "days": ngettext("%(n)s day", "%(n)s days", number),
        "months": ngettext("%(n)s month", "%(n)s months", number),
        "years": ngettext("%(n)s year", "%(n)s years", number),
    }[value.unit] % {"n": number}
    return (_("%(amount)s before today") if before else _("%(amount)s after today")) % {"amount": amount}


def _since(rule: Rule, parts: dict[str, Any]) -> str:
    """Full years: “more than 17” and “at least 18” are the same, and one way of saying it is enough."""
    operator, number = rule.operator, int(rule.value)  # type: ignore[arg-type]
    if rule.measure == "years" and operator in ("above", "at_most"):
        operator, number = ("at_least" if operator == "above" else "below"), number + 1
    unit = (
        ngettext("%(n)s year", "%(n)s years", number)
        if rule.measure == "years"
        else ngettext("%(n)s day", "%(n)s days", number)
    )
    return _SINCE[operator]() % {**parts, "amount": unit % {"n": number}}


# Each sentence is translated when it is said, as a whole: the order of its parts is the language's.
Sentences = Mapping[str, Callable[[], str]]
_SENTENCES: Sentences = {
    "is": lambda: _("%(subject)s is %(value)s"),
    "is_not": lambda: _("%(subject)s is not %(value)s"),
    "one_of": lambda: _("%(subject)s is %(value)s"),
    "not_one_of": lambda: _("%(subject)s is not %(value)s"),
    "contains": lambda: _("%(subject)s includes %(value)s"),
    "contains_not": lambda: _("%(subject)s does not include %(value)s"),
    "answered": lambda: _("%(subject)s is answered"),
    "not_answered": lambda: _("%(subject)s is not answered"),
    "below": lambda: _("%(subject)s is less than %(value)s"),
    "at_most": lambda: _("%(subject)s is at most %(value)s"),
    "above": lambda: _("%(subject)s is more than %(value)s"),
    "at_least": lambda: _("%(subject)s is at least %(value)s"),
}
_EMPTY: Sentences = {
    "is": lambda: _("%(subject)s is not known"),
    "is_not": lambda: _("%(subject)s is known"),
}
_EARLIER: Sentences = {
    "below": lambda: _("%(subject)s is before %(value)s"),
    "at_most": lambda: _("%(subject)s is not after %(value)s"),
    "above": lambda: _("%(subject)s is after %(value)s"),
    "at_least": lambda: _("%(subject)s is not before %(value)s"),
}
_SINCE: Sentences = {
    "is": lambda: _("%(subject)s lies exactly %(amount)s before today"),
    "is_not": lambda: _("%(subject)s does not lie exactly %(amount)s before today"),
    "below": lambda: _("%(subject)s lies less than %(amount)s before today"),
    "at_most": lambda: _("%(subject)s lies at most %(amount)s before today"),
    "above": lambda: _("%(subject)s lies more than %(amount)s before today"),
    "at_least": lambda: _("%(subject)s lies at least %(amount)s before today"),
}
