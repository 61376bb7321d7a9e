"""CEL → the tree of a condition, for as much of CEL as a tree can say. Everything else is None.

What comes back decides alike for every answer; where that is not certain (a list that may be unanswered,
under a negation; a comparison inside rows without a guard) the expression stays an expression.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from procedures.eforms import trees
from procedures.eforms.trees import Group, Measure, Operator, Ref, Relative, Rows, Rule, Tree

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>-?\d+(?![\w.]))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||[=!<>]=|[<>!()\[\],.])
    )""",
    re.VERBOSE,
)
_SIGNS: dict[str, Operator] = {sign: operator for operator, sign in trees.SIGNS.items()}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_RELATIVE: dict[str, trees.Unit] = {"plus_days": "days", "plus_months": "months", "plus_years": "years"}
_MEASURES: dict[str, Measure] = {"years_between": "years", "days_between": "days"}
_DEEPEST = 40


class _Richer(Exception):
    """More than a tree can say."""


@dataclass(frozen=True, slots=True)
class _Given:
    """given(x): the list, empty while unanswered; `plain` without the function, an error then."""

    subject: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class _Measured:
    subject: str
    measure: Measure
    plain: bool = False


class _Null:
    pass


Operand = Ref | Relative | Rows | _Given | _Measured | _Null | str | int | bool | tuple[str, ...]


def parse(expression: str) -> Tree | None:
    """The normalised tree that `write`s the same condition; None when the expression is richer than that."""
    try:
        reading = _Reading(_tokens(expression))
        return trees.normalised(reading.whole())
    except _Richer:
        return None


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, position = [], 0
    rest = expression.rstrip()
    while position < len(rest):
        match = _TOKEN.match(rest, position)
        if match is None or not match.lastgroup:
            raise _Richer
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


class _Reading:
    """Descends through the tokens once: or, and, not, comparison, operand."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._row = ""
        self._depth = 0
        # Under an odd number of negations what cannot be said may not be taken for no.
        self._positive = True

    def whole(self) -> Tree:
        tree = self._or()
        self._take("end")
        return tree

    # ── Tokens ────────────────────────────────────────────────────────────────────────────────────

    def _is(self, value: str, ahead: int = 0) -> bool:
        kind, found = self._tokens[min(self._at + ahead, len(self._tokens) - 1)]
        return found == value and kind in ("sign", "name")

    def _skip(self, value: str) -> bool:
        if self._is(value):
            self._at += 1
            return True
        return False

    def _need(self, value: str) -> None:
        if not self._skip(value):
            raise _Richer

    def _take(self, kind: str) -> str:
        found, value = self._tokens[self._at]
        if found != kind:
            raise _Richer
        self._at += 1
        return value

    # ── Logic ─────────────────────────────────────────────────────────────────────────────────────

    def _or(self) -> Tree:
        items = [self._and()]
        while self._skip("||"):
            items.append(self._and())
        return Group("any", tuple(items)) if len(items) > 1 else items[0]

    def _and(self) -> Tree:
        items = [self._not()]
        while self._skip("&&"):
            items.append(self._not())
        return Group("all", tuple(items)) if len(items) > 1 else items[0]

    def _not(self) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Richer
        tree = self._denial() if self._skip("!") else self._in_brackets() or self._comparison()
        self._depth -= 1
        return tree

    def _denial(self) -> Tree:
        self._positive = not self._positive
        tree: Tree = Group("none", (self._not_compared(),))
        self._positive = not self._positive
        return tree

    def _not_compared(self) -> Tree:
        """What `!` denies: it binds more than any comparison, so `!a == b` is richer."""
        if self._is("!") or self._is("("):
            return self._not()
        return _condition(self._operand())

    def _in_brackets(self) -> Tree | None:
        if not self._skip("("):
            return None
        tree = self._or()
        self._need(")")
        return tree

    # ── Comparisons ───────────────────────────────────────────────────────────────────────────────

    def _comparison(self) -> Tree:
        left = self._operand()
        if self._skip("in"):
            return self._membership(left, self._operand())
        sign = self._tokens[self._at][1] if self._tokens[self._at][0] == "sign" else ""
        if sign not in _SIGNS:
            return _condition(left)
        self._at += 1
        right = self._operand()
        if not isinstance(left, Ref | _Measured):
            left, right, sign = right, left, _MIRRORED[sign]
        return self._compared(left, _SIGNS[sign], right)

    def _membership(self, item: Operand, inside: Operand) -> Tree:
        if isinstance(item, Ref) and isinstance(inside, tuple):
            return Rule(item.subject, "one_of", inside)
        if isinstance(item, str) and isinstance(inside, _Given | Ref):
            if isinstance(inside, Ref):
                self._refuse_unless(self._may_be_taken_for_no())
            return Rule(inside.subject, "contains", item)
        raise _Richer

    def _compared(self, left: Operand, operator: Operator, right: Operand) -> Tree:
        if isinstance(left, _Measured):
            return self._measured(left, operator, right)
        if not isinstance(left, Ref):
            raise _Richer
        if isinstance(right, _Null):
            self._refuse_unless(operator in ("is", "is_not"))
            return Rule(left.subject, "not_answered" if operator == "is" else "answered")
        self._refuse_unless(isinstance(right, Ref | Relative | str | int))
        self._refuse_unless(not (isinstance(right, bool) and operator in trees.ORDER))
        return Rule(left.subject, operator, right)  # type: ignore[arg-type]

    def _measured(self, left: _Measured, operator: Operator, right: Operand) -> Tree:
        if not isinstance(right, int) or isinstance(right, bool):
            raise _Richer
        if left.plain:
            of_none = trees.SIGNS[operator] in _signs_that_hold(0, right)
            self._refuse_unless(not self._row and of_none != self._positive)
        return Rule(left.subject, operator, right, left.measure)

    def _may_be_taken_for_no(self) -> bool:
        return self._positive and not self._row

    def _refuse_unless(self, certain: bool) -> None:
        if not certain:
            raise _Richer

    # ── Operands ──────────────────────────────────────────────────────────────────────────────────

    def _operand(self) -> Operand:
        kind = self._tokens[self._at][0]
        if kind == "text":
            return _unquoted(self._take("text"))
        if kind == "number":
            return int(self._take("number"))
        if self._skip("["):
            return self._list()
        name = self._take("name")
        if name in _LITERALS:
            return _LITERALS[name]
        return self._call(name) if self._is("(") else self._path(name)

    def _list(self) -> tuple[str, ...]:
        items: list[str] = []
        while not self._skip("]"):
            if items:
                self._need(",")
            items.append(_unquoted(self._take("text")))
        return tuple(items) if items else _richer()

    def _call(self, name: str) -> Operand:
        self._need("(")
        if name == "size":
            inner = self._operand()
            self._need(")")
            if not isinstance(inner, _Given | Ref):
                raise _Richer
            return _Measured(inner.subject, "count", plain=isinstance(inner, Ref))
        subject = self._path(self._take("name"))
        if not isinstance(subject, Ref):
            raise _Richer
        found = self._called(name, subject.subject)
        self._need(")")
        return self._macro(found) if isinstance(found, _Given) and self._is(".") else found

    def _called(self, name: str, subject: str) -> Operand:
        if name == "given":
            return _Given(subject)
        self._need(",")
        if name in _RELATIVE and subject == "today":
            return Relative(int(self._take("number")), _RELATIVE[name])
        if name in _MEASURES and self._skip("today"):
            return _Measured(subject, _MEASURES[name])
        raise _Richer

    def _path(self, name: str) -> Operand:
        parts = [name]
        while self._is("."):
            if self._is("exists", 1) or self._is("all", 1):
                return self._macro(_Given(self._subject(parts), plain=True))
            self._at += 1
            parts.append(self._take("name"))
        return Ref(self._subject(parts)) if not self._is("(") else _richer()

    def _subject(self, parts: list[str]) -> str:
        if self._row and parts[0] == self._row:
            return f".{parts[1]}" if len(parts) == 2 else _richer()
        return ".".join(parts)

    def _macro(self, of: _Given) -> Rows:
        """`.exists(row, …)` or `.all(row, …)` after a group; rows have no rows of their own."""
        self._need(".")
        macro = self._take("name")
        self._refuse_unless(not self._row and (macro == "exists" or (macro == "all" and of.plain)))
        self._refuse_unless(macro == "all" or not of.plain or self._positive)
        self._need("(")
        self._row = self._take("name")
        self._need(",")
        positive, self._positive = self._positive, True
        inner = self._or()
        self._row, self._positive = "", positive
        self._need(")")
        self._refuse_unless(_is_guarded(inner, frozenset()))
        return Rows(of.subject, "every" if macro == "all" else "some", inner)


_LITERALS: dict[str, Operand] = {"true": True, "false": False, "null": _Null()}


def _richer() -> Any:
    raise _Richer


def _condition(operand: Operand) -> Tree:
    """An operand that stands alone: rows, or an answer or a named condition that is true."""
    if isinstance(operand, Ref):
        return Rule(operand.subject, "holds")
    return operand if isinstance(operand, Rows) else _richer()


def _unquoted(token: str) -> str:
    """The text in CEL's quotes; its escapes beyond JSON's are richer."""
    inner = token[1:-1]
    if token[0] == "'":
        inner = inner.replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inner}"'))
    except ValueError:
        raise _Richer from None


def _signs_that_hold(left: int, right: int) -> set[str]:
    found = {"==": left == right, "!=": left != right, "<": left < right, "<=": left <= right}
    found |= {">": left > right, ">=": left >= right}
    return {sign for sign, holds in found.items() if holds}


def _is_guarded(tree: Tree, known: frozenset[str]) -> bool:
    """Whether no comparison inside a row can meet an answer that is not there."""
    if isinstance(tree, Rule):
        return known.issuperset(trees.compared(tree))
    if isinstance(tree, Rows):
        return False
    if tree.kind in ("all", "not_all"):
        known |= {rule.subject for item in tree.items for rule in _answered(item)}
    return all(_is_guarded(item, known) for item in tree.items)


def _answered(tree: Tree) -> list[Rule]:
    """The “is answered” among the parts of a conjunction, also of one inside it."""
    if isinstance(tree, Group) and tree.kind == "all":
        return [rule for item in tree.items for rule in _answered(item)]
    return [tree] if isinstance(tree, Rule) and tree.operator == "answered" else []
