"""The rows of the condition builder: out of a tree, out of what was posted, and back into a tree.

A part is a group of rows, a line is one row. Both know the path by which their inputs are named: "0" is the
whole, "0-2" its third row. A line about the rows of a group has a part of its own inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from procedures.eforms import subjects, trees
from procedures.eforms.subjects import Subject, Subjects
from procedures.eforms.trees import Group, Ref, Relative, Rows, Rule, Tree
from procedures.studio import operators

DEEPEST = 5
KINDS: tuple[trees.Kind, ...] = ("all", "any", "none", "not_all")
UNITS: tuple[trees.Unit, ...] = ("days", "months", "years")


@dataclass
class Line:
    """`compared`: with a value, today, a day relative to it, or another answer. `values` as typed or picked."""

    path: str
    subject: str = ""
    code: str = ""
    compared: str = "value"
    values: list[str] = field(default_factory=list)
    unit: trees.Unit = "days"
    side: str = "before"
    inner: Part | None = None
    error: str = ""
    is_new: bool = False

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@dataclass
class Part:
    path: str
    kind: trees.Kind = "all"
    items: list[Line | Part] = field(default_factory=list)
    is_new: bool = False

    @property
    def depth(self) -> int:
        return self.path.count("-")

    @property
    def may_nest(self) -> bool:
        return self.depth < DEEPEST


class Unfinished(Exception):
    """A row lacks something; the message says what."""


# ── Tree → rows ───────────────────────────────────────────────────────────────────────────────────


def of_tree(tree: Tree | None, path: str = "0") -> Part:
    """The rows that say the same; without a tree one empty row."""
    if isinstance(tree, Group):
        items = [_of_item(item, f"{path}-{index}") for index, item in enumerate(tree.items)]
        return Part(path, tree.kind, items)
    return Part(path, "all", [_of_item(tree, f"{path}-0") if tree else Line(f"{path}-0", is_new=True)])


def _of_item(tree: Tree, path: str) -> Line | Part:
    if isinstance(tree, Group):
        return of_tree(tree, path)
    if isinstance(tree, Rows):
        return Line(path, tree.subject, tree.quantifier, inner=of_tree(tree.condition, f"{path}-0"))
    return _of_rule(tree, path)


def _of_rule(rule: Rule, path: str) -> Line:
    line = Line(path, rule.subject, operators.joined(rule.operator, rule.measure))
    match rule.value:
        case bool() | "":
            fixed = (code for code, pair in operators.FIXED.items() if pair == (rule.operator, rule.value))
            line.code = next(fixed, line.code)
        case Ref("today"):
            line.compared = "today"
        case Ref(subject):
            line.compared, line.values = "other", [subject]
            if rule.operator in ("is", "is_not"):
                line.code = f"{rule.operator}_other"
        case Relative(number, unit):
            line.compared, line.values = "relative", [str(abs(number))]
            line.unit, line.side = unit, ("after" if number > 0 else "before")
        case tuple():
            line.values = list(rule.value)
        case None:
            pass
        case value:
            line.values = [str(value)]
    return line


# ── Rows → tree ───────────────────────────────────────────────────────────────────────────────────


def to_tree(part: Part, known: Subjects) -> Tree | None:
    """What the rows say so far: rows that lack something are left out and get their `error`."""
    found = [_to_item(item, known) for item in part.items]
    return trees.normalised(Group(part.kind, tuple(item for item in found if item)))


def _to_item(item: Line | Part, known: Subjects) -> Tree | None:
    if isinstance(item, Part):
        return to_tree(item, known)
    try:
        return _to_rule(item, known)
    except Unfinished as lacking:
        item.error = str(lacking)
        return None


def _to_rule(line: Line, known: Subjects) -> Tree | None:
    if not line.subject:
        raise Unfinished(_("Choose what this row is about."))
    subject = subjects.as_named(known, line.subject)
    wanted = operators.wants(subject, line.code)
    if wanted == operators.ROWS:
        return _to_rows(line, subject, known)
    if line.code in operators.FIXED:
        operator, value = operators.FIXED[line.code]
        return Rule(line.subject, operator, value)
    operator, measure = operators.split(line.code)
    if wanted == operators.OTHER:
        return Rule(line.subject, "is" if line.code == "is_other" else "is_not", _other(line))
    if wanted == operators.NOTHING:
        return Rule(line.subject, operator, None, measure)
    return Rule(line.subject, operator, _value(line, wanted), measure)


def _to_rows(line: Line, subject: Subject, known: Subjects) -> Tree | None:
    inner = to_tree(line.inner, inside(subject, known)) if line.inner else None
    if inner is None:
        raise Unfinished(_("Add at least one row that says what the entry must be like."))
    return Rows(line.subject, line.code, inner)  # type: ignore[arg-type]  # some, every, none


def inside(subject: Subject, known: Subjects) -> dict[str, Subject]:
    """What a condition about the entries of the group `subject` can look at."""
    own = {row.key: row for row in subject.rows}
    outer = {key: each for key, each in known.items() if each.type not in ("group", subjects.CONDITION)}
    return own | {key: each for key, each in outer.items() if not key.startswith(".")}


def is_in_rows(known: Subjects) -> bool:
    """Inside the entries of a group their own fields come first."""
    return next(iter(known), "").startswith(".")


def _value(line: Line, wanted: str) -> trees.Value:
    if line.compared == "today" and wanted == operators.DATE:
        return Ref("today")
    if line.compared == "other":
        return _other(line)
    if line.compared == "relative" and wanted == operators.DATE:
        number = _number(line.value)
        return Relative(number if line.side == "after" else -number, line.unit)
    match wanted:
        case operators.NUMBER:
            return _number(line.value)
        case operators.DATE:
            return _day(line.value)
        case operators.OPTIONS:
            return tuple(value for value in line.values if value) or _lacking(_("Tick at least one answer."))
        case operators.TEXT if line.code in ("one_of", "not_one_of"):
            return tuple(text.strip() for text in line.value.split(";") if text.strip()) or _lacking()
    return line.value.strip() or _lacking()


def _other(line: Line) -> Ref:
    if not line.value or line.value == line.subject:  # with itself there is nothing to compare
        raise Unfinished(_("Choose the question to compare with."))
    return Ref(line.value)


def _lacking(reason: str = "") -> str:
    raise Unfinished(reason or _("Enter or choose what to compare with."))


def _number(text: str) -> int:
    digits = text.strip().replace(".", "").replace("\u00a0", "").replace(" ", "")
    sign, digits = (-1, digits[1:]) if digits[:1] == "-" else (1, digits)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise Unfinished(_("Enter a whole number."))
    return sign * int(digits)


def _day(text: str) -> str:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date().isoformat()  # a day alone
        except ValueError:
            continue
    raise Unfinished(_("Enter a day that exists, like 15/08/2026."))


def is_same(tree: Tree | None, known: Subjects) -> bool:
    """Whether the rows can say exactly `tree` with these subjects."""
    return to_tree(of_tree(tree), known) == tree


def lines(part: Part) -> Iterator[Line]:
    """Every row, those inside other rows after them."""
    for item in part.items:
        if isinstance(item, Part):
            yield from lines(item)
            continue
        yield item
        if item.inner:
            yield from lines(item.inner)
