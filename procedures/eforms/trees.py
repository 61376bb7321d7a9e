"""A condition as a tree, for people who build it from rows; `write` makes the CEL that decides.

A tree knows three answers: yes, no, and "cannot be said" where a number or a date is compared that nobody
gave. As in CEL, what cannot be said is not fulfilled, and its opposite is not fulfilled either. Inside the
rows of a group it is simply no: one empty row must not hide the others, so `write` guards it there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Operator = Literal[
    "is",
    "is_not",
    "one_of",
    "not_one_of",
    "contains",
    "contains_not",
    "answered",
    "not_answered",
    "below",
    "at_most",
    "above",
    "at_least",
    "holds",
    "not_holds",
]
# How the subject is looked at: itself; the number of its rows, choices or files; full years or days
# from it to today.
Measure = Literal["", "count", "years", "days"]
Kind = Literal["all", "any", "not_all", "none"]
Quantifier = Literal["some", "every", "none"]
Unit = Literal["days", "months", "years"]

SIGNS: dict[Operator, str] = {
    "is": "==",
    "is_not": "!=",
    "below": "<",
    "at_most": "<=",
    "above": ">",
    "at_least": ">=",
}
ORDER: tuple[Operator, ...] = ("below", "at_most", "above", "at_least")
OPPOSITE: dict[Operator, Operator] = {
    "is": "is_not",
    "one_of": "not_one_of",
    "contains": "contains_not",
    "answered": "not_answered",
    "holds": "not_holds",
}
OPPOSITE |= {negative: positive for positive, negative in OPPOSITE.items()}
DENIED: dict[Kind, Kind] = {"all": "not_all", "not_all": "all", "any": "none", "none": "any"}


@dataclass(frozen=True, slots=True)
class Ref:
    """Another answer as the value to compare with; "today" is one."""

    subject: str


@dataclass(frozen=True, slots=True)
class Relative:
    """A day that lies `number` units after today; negative: before."""

    number: int
    unit: Unit = "days"


Value = str | int | bool | tuple[str, ...] | Ref | Relative | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One comparison. `subject`: a field's key, ".key" of a row's field, a dotted path, "channel", "today",
    or for `holds` also a named condition. `value`: as the operator wants it, None for those that want none.
    """

    subject: str
    operator: Operator
    value: Value = None
    measure: Measure = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """What some, every or none of the rows of a group fulfils. Of no rows nothing can be said for `every`."""

    subject: str
    quantifier: Quantifier
    condition: Tree


@dataclass(frozen=True, slots=True)
class Group:
    """Parts together: all of them, any of them, not all of them, none of them."""

    kind: Kind
    items: tuple[Tree, ...]


Tree = Rule | Rows | Group


def subjects(tree: Tree) -> Iterator[str]:
    """Everything that `tree` looks at, in order, doubles included; those of rows begin with a dot."""
    if isinstance(tree, Group):
        for item in tree.items:
            yield from subjects(item)
        return
    yield tree.subject
    if isinstance(tree, Rows):
        yield from subjects(tree.condition)
    elif isinstance(tree.value, Ref):
        yield tree.value.subject


# ── One form for what means the same ──────────────────────────────────────────────────────────────


def normalised(tree: Tree, *, in_rows: bool = False) -> Tree | None:
    """The same condition without empty, single or needlessly nested groups; None when nothing is left."""
    if isinstance(tree, Rule):
        return tree
    if isinstance(tree, Rows):
        inner = normalised(tree.condition, in_rows=True)
        return replace(tree, condition=inner) if inner else None
    items = [found for item in tree.items if (found := normalised(item, in_rows=in_rows))]
    flat = _flattened(tree.kind, items)
    if tree.kind in ("all", "not_all") and in_rows:
        flat = _without_guards(flat)
    if len(flat) > 1:
        return Group(tree.kind, tuple(flat))
    return (_single(tree.kind, flat[0])) if flat else None


def _flattened(kind: Kind, items: list[Tree]) -> list[Tree]:
    same = "all" if kind in ("all", "not_all") else "any"
    flat: list[Tree] = []
    for item in items:
        flat += item.items if isinstance(item, Group) and item.kind == same else (item,)
    return flat


def _without_guards(items: list[Tree]) -> list[Tree]:
    """“is answered” says nothing more beside a comparison of the same answer."""
    guarded = {name for item in items if isinstance(item, Rule) for name in compared(item)}
    return [
        item
        for item in items
        if not (isinstance(item, Rule) and item.operator == "answered" and item.subject in guarded)
    ]


def _single(kind: Kind, item: Tree) -> Tree:
    return item if kind in ("all", "any") else denied(item)


def denied(tree: Tree) -> Tree:
    """The opposite of a normalised tree."""
    if isinstance(tree, Group):
        return Group(DENIED[tree.kind], tree.items) if len(tree.items) > 1 else tree.items[0]
    if isinstance(tree, Rows) and tree.quantifier != "every":
        return replace(tree, quantifier="none" if tree.quantifier == "some" else "some")
    if isinstance(tree, Rule) and tree.operator in OPPOSITE:
        return replace(tree, operator=OPPOSITE[tree.operator])
    return Group("none", (tree,))


def compared(rule: Rule) -> tuple[str, ...]:
    """The answers that must be there for an order to exist between them."""
    if rule.operator not in ORDER or rule.measure == "count":
        return ()
    others = (rule.value.subject,) if isinstance(rule.value, Ref) else ()
    return tuple(name for name in (rule.subject, *others) if name != "today")


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write(tree: Tree | None) -> str:
    """The CEL of a condition; "" when there is nothing in it, which means always."""
    tree = normalised(tree) if tree else None
    return _written(tree, "") if tree else ""


def _written(tree: Tree, row: str) -> str:
    """`row`: what the row is called inside a group's rows, "" outside."""
    if isinstance(tree, Rule):
        return _rule(tree, row)
    if isinstance(tree, Rows):
        return _rows(tree)
    sign = " && " if tree.kind in ("all", "not_all") else " || "
    parts = [_written(item, row) for item in tree.items]
    joined = sign.join(
        f"({part})" if len(parts) > 1 and _is_joined(item, row) else part
        for item, part in zip(tree.items, parts, strict=True)
    )
    return joined if tree.kind in ("all", "any") else f"!({joined})"


def _is_joined(tree: Tree, row: str) -> bool:
    """Whether it is written with `&&` or `||`, and needs brackets beside others."""
    if isinstance(tree, Group):
        return tree.kind in ("all", "any")
    return isinstance(tree, Rule) and bool(row and compared(tree))


def _rows(rows: Rows) -> str:
    # A field may be called "row"; a key never begins with "_".
    row = "_row" if "row" in subjects(rows.condition) else "row"
    inner = _written(rows.condition, row)
    if rows.quantifier == "every":
        return f"{rows.subject}.all({row}, {inner})"
    sign = "!" if rows.quantifier == "none" else ""
    return f"{sign}given({rows.subject}).exists({row}, {inner})"


def _rule(rule: Rule, row: str) -> str:
    guards = dict.fromkeys(compared(rule)) if row else ()
    bare = _bare(rule, row)
    return " && ".join([*(f"{_name(name, row)} != null" for name in guards), bare])


def _bare(rule: Rule, row: str) -> str:
    name = _name(rule.subject, row)
    match rule.operator:
        case "holds":
            return name
        case "not_holds":
            return f"!{name}"
        case "answered":
            return f"{name} != null"
        case "not_answered":
            return f"{name} == null"
        case "one_of" | "not_one_of":
            inside = f"{name} in {_value(rule.value, row)}"
            return inside if rule.operator == "one_of" else f"!({inside})"
        case "contains" | "contains_not":
            inside = f"{_value(rule.value, row)} in given({name})"
            return inside if rule.operator == "contains" else f"!({inside})"
    return f"{_measured(name, rule.measure)} {SIGNS[rule.operator]} {_value(rule.value, row)}"


def _measured(name: str, measure: Measure) -> str:
    if measure == "count":
        return f"size(given({name}))"
    return f"{measure}_between({name}, today)" if measure else name


def _name(subject: str, row: str) -> str:
    return f"{row}{subject}" if subject.startswith(".") else subject


def _value(value: Value, row: str) -> str:
    if isinstance(value, Ref):
        return _name(value.subject, row)
    if isinstance(value, Relative):
        return f"plus_{value.unit}(today, {value.number})"
    if isinstance(value, tuple):
        return f"[{', '.join(text(item) for item in value)}]"
    return text(value) if isinstance(value, str) else json.dumps(value)


def text(value: str) -> str:
    """A text as CEL writes it."""
    return json.dumps(value, ensure_ascii=False)
