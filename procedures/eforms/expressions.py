"""CEL: the conditions, computed values, checks and fees of a definition.

An expression is compiled once per process, costs some microseconds an evaluation, has no loops beyond
the macros over lists and no side effects. What it may refer to is known before anything is published:
`problems()` names every unknown variable and function.

Whoever evaluates decides what failure means through `default`: comparing an unanswered question (null)
is an error in CEL, and here simply "does not apply".
"""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import cel

from procedures.eforms import budget, lists, plain, tokens

if TYPE_CHECKING:
    from procedures.eforms.schema import Form

MAX_LENGTH = 2000
# Each macro runs over a whole list: nested without limit they would be the one way to burn time.
MAX_MACROS = 3
ROWS = 50  # of a group, at most

_LABEL = re.compile(r"\blabel\s*\(\s*[\"'](\w+)[\"']\s*\)")
_BUILT_IN = frozenset(
    {
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "int",
        "uint",
        "double",
        "string",
        "bool",
        "type",
    }
    | {"dyn", "timestamp", "duration", "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek"}
    | {"getDayOfYear", "getHours", "getMinutes"}
)

Scope = Mapping[str, Any]


class ExpressionError(ValueError):
    """The text is not an expression; the message says why, for the author of a definition."""


class Expression:
    """A compiled expression. `names` are the variables it refers to, those in label("…") included."""

    __slots__ = (
        "_flat",
        "_functions",
        "_program",
        "_variables",
        "_weights",
        "functions",
        "mentions_null",
        "names",
        "plain",
        "text",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self._program = _compile(text)
        found = self._program.references()
        words = tokens.scan(text)
        bound = frozenset[str]().union(*(word.bound for word in words))
        bound -= {word.text for word in words if word.is_free}
        self._variables = tuple(name for name in found["variables"] if name not in bound)
        self.names = frozenset(self._variables) | frozenset(_LABEL.findall(text))
        self.functions = frozenset(name for name in found["functions"] if name[0].isalpha())
        self._functions = {name: _FUNCTIONS[name] for name in self.functions & _FUNCTIONS.keys()}
        self._weights = tokens.weights(text)
        self._flat = self._weights[0] if len(self._weights) == 1 else 0
        self.plain = plain.recognised(text)
        self.mentions_null = any(word.kind == "name" and word.text == "null" for word in words)

    def evaluate(self, scope: Scope, *, form: Form | None = None, default: Any = None) -> Any:
        """The value over `scope`; `default` when it fails in any way. `form` is where label() looks.

        Raises BudgetExceeded when this, with what was evaluated before it, is more than may be computed.
        """
        values: dict[str, Any] = {name: scope.get(name) for name in self._variables}
        budget.spend(self._flat or self._cost(values))
        values.update(self._functions)
        if "label" in self.functions:
            values["label"] = functools.partial(_label, form, scope)
        try:
            found = self._program.execute(values)
        except Exception:  # the library has no common base: TypeError, RuntimeError, OverflowError, …
            return default
        if not isinstance(found, bool | int | None):
            budget.spend(_size(found) // 10)  # what is computed from itself again and again must not grow
        return found

    def worst_cost(self) -> int:
        """What it can cost at most: with lists as long as groups may be, or as one written out in it."""
        return tokens.cost(self._weights, max(ROWS, self.text.count(",") + 1))

    def _cost(self, values: Scope) -> int:
        """Lists are copied at every turn, so long texts in them count."""
        rows = max(self.text.count(",") + 1, max(map(_longest, values.values()), default=1))
        letters = max(map(_size, values.values()), default=0)
        return tokens.cost(self._weights, rows) * (1 + letters // 10_000)

    def is_answered(self, scope: Scope) -> bool:
        """Whether it can be judged: nothing it refers to is null, or it says itself what null means."""
        return self.mentions_null or all(scope.get(name) is not None for name in self.names)


@functools.lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Raises ExpressionError."""
    return Expression(text)


def evaluate(text: str, scope: Scope, *, form: Form | None = None, default: Any = None) -> Any:
    """The value of `text` over `scope`, or `default` when it cannot be had."""
    return compile_expression(text).evaluate(scope, form=form, default=default)


def holds(text: str, scope: Scope, *, form: Form | None = None) -> bool:
    """A condition: true only when it evaluates to true; an error, null or a number is false."""
    expression = compile_expression(text)
    if found := expression.plain:
        return found.holds(scope.get(found.name))
    return expression.evaluate(scope, form=form) is True


def computed(text: str, scope: Scope, *, form: Form | None = None) -> Any:
    """A computed value; None while something it needs is unanswered."""
    expression = compile_expression(text)
    return expression.evaluate(scope, form=form) if expression.is_answered(scope) else None


def fails(text: str, scope: Scope, *, form: Form | None = None) -> bool:
    """A check (true = fine): fails only when everything it needs is answered and it says false."""
    expression = compile_expression(text)
    return expression.is_answered(scope) and expression.evaluate(scope, form=form) is False


def references(text: str) -> frozenset[str]:
    """The variables `text` refers to, without the names its macros bind. Raises ExpressionError."""
    return compile_expression(text).names


def strangers(text: str, known: Collection[str]) -> tuple[list[str], list[str]]:
    """(variables, functions) that `text` mentions and that do not exist. Raises ExpressionError."""
    expression = compile_expression(text)
    functions = expression.functions - _BUILT_IN - _FUNCTIONS.keys() - {"label"}
    return sorted(expression.names - set(known)), sorted(functions)


def problems(text: str, known: Collection[str]) -> list[str]:
    """What is wrong with `text` where only the variables `known` exist; [] when nothing is."""
    try:
        expression = compile_expression(text)
    except ExpressionError as error:
        return [str(error)]
    unknown = [
        f"refers to “{name}”, which does not exist here" for name in sorted(expression.names - set(known))
    ]
    if tokens.open_patterns(text):
        unknown.append("gives matches() a pattern that is not written out")
    functions = expression.functions - _BUILT_IN - _FUNCTIONS.keys() - {"label"}
    return unknown + [f"calls “{name}()”, which does not exist" for name in sorted(functions)]


def _compile(text: str) -> cel.Program:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"has {len(text)} characters, at most {MAX_LENGTH} are allowed")
    if len(list(tokens.macros(text))) > MAX_MACROS:
        raise ExpressionError(f"uses more than {MAX_MACROS} of all/exists/map/filter")
    try:
        return cel.compile(text)
    except ValueError as error:
        first = next((line for line in str(error).splitlines() if "Syntax error" in line), str(error))
        raise ExpressionError(
            f"is not an expression: {first.rpartition('Syntax error: ')[2][:200]}"
        ) from error


# ── Functions. They return None rather than raise: a raising callback is written to stderr. ──────────


def _longest(value: object) -> int:
    """The length of the longest list in a value."""
    if isinstance(value, list | tuple):
        return max(len(value), max(map(_longest, value), default=0))
    return max(map(_longest, value.values()), default=0) if isinstance(value, dict) else 0


def _size(value: object) -> int:
    """Letters and items in a value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        return len(value) + sum(map(_size, value))
    return sum(map(_size, value.values())) if isinstance(value, dict) else 0


def _date(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def years_between(start: object, end: object) -> int | None:
    """Full years from `start` to `end` (ISO dates). A birthday on 29/2 counts on 1/3 of a common year."""
    first, last = _date(start), _date(end)
    if first is None or last is None:
        return None
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def days_between(start: object, end: object) -> int | None:
    first, last = _date(start), _date(end)
    return None if first is None or last is None else (last - first).days


def plus_days(start: object, number: object) -> str | None:
    """The ISO date `number` days after `start`; negative: before."""
    first = _date(start)
    try:
        return (first + datetime.timedelta(_whole(number))).isoformat() if first else None
    except (OverflowError, TypeError):
        return None


def plus_months(start: object, number: object) -> str | None:
    """The same day `number` months later; the last day of a shorter month (Civil Code 2015, art. 148)."""
    first = _date(start)
    try:
        year, month = divmod(first.year * 12 + first.month - 1 + _whole(number), 12) if first else (0, 0)
        last = calendar.monthrange(year, month + 1)[1]
        return first.replace(year, month + 1, min(first.day, last)).isoformat() if first else None
    except (OverflowError, TypeError, ValueError):
        return None


def plus_years(start: object, number: object) -> str | None:
    """The same day `number` years later; 29/2 becomes 28/2 in a common year."""
    return plus_months(start, number * 12) if isinstance(number, int) else None


def _whole(number: object) -> int:
    if isinstance(number, int):
        return number
    raise TypeError(number)


def given(values: object) -> list[Any]:
    """The rows, choices or files of an answer; none of them while it is unanswered."""
    return list(values) if isinstance(values, list | tuple) else []


def total(values: object) -> int | None:
    """The sum of whole numbers, those of a group's rows for example; without the unanswered ones."""
    if not isinstance(values, list | tuple):
        return None
    return sum(value for value in values if isinstance(value, int) and not isinstance(value, bool))


def join(values: object, separator: object) -> str | None:
    """The texts of a list, without the unanswered ones."""
    if not isinstance(values, list | tuple) or not isinstance(separator, str):
        return None
    return separator.join(str(value) for value in values if value not in (None, ""))


def _label(form: Form | None, scope: Scope, key: object) -> str | None:
    """The Vietnamese label of the option chosen for the field `key`; papers are issued in Vietnamese."""
    field = form.find(str(key)) if form else None
    value = scope.get(str(key))
    return field.label_of(value).vi if field and isinstance(value, str) else None


def _place(name: Callable[[str], str]) -> Callable[[object], str | None]:
    return lambda code: (name(code) or None) if isinstance(code, str) else None


def _extreme(pick: Callable[..., Any]) -> Callable[[object, object], Any]:
    def of_two(one: object, other: object) -> Any:
        return pick(one, other) if type(one) is type(other) and isinstance(one, int | str) else None

    return of_two


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "years_between": years_between,
    "days_between": days_between,
    "plus_days": plus_days,
    "plus_months": plus_months,
    "plus_years": plus_years,
    "given": given,
    "join": join,
    "sum": total,
    "commune_name": _place(lists.commune_name),
    "province_name": _place(
        lambda code: lists.province_name(code[:2]) if len(code) == 2 else lists.province_of(code)
    ),
    "min": _extreme(min),
    "max": _extreme(max),
}


def matches(text: str, regex: str) -> bool | None:
    """Whether `regex` (RE2 syntax) occurs in `text`, in time linear in it; None for a broken pattern."""
    found = compile_expression("text.matches(regex)").evaluate({"text": text, "regex": regex})
    return found if isinstance(found, bool) else None
