"""Named conditions: what each means written out, and put in its place wherever an expression mentions it.

Done when a definition is compiled, so that nothing that runs knows of names. A condition may mention
others, in any order, as long as none leads back to itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from procedures.definitions import formulas
from procedures.definitions.parts import Condition
from procedures.eforms import expressions, tokens
from procedures.eforms.expressions import ExpressionError
from procedures.eforms.soundness import CONTEXT

MAX_DEPTH = 20
NEVER = "false"  # stands for a condition that cannot be written out; `problems` refuses its definition


def expanded(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `definition` with every mention of a condition replaced by what it means, in parentheses.

    The conditions themselves stay as written. What is misshapen stays as it is.
    """
    meanings = _meanings(_written(definition.get("conditions")))
    if not meanings:
        return dict(definition)

    def write(path: str, text: str) -> str:
        return text if path.startswith("conditions[") else _written_out(text, meanings)

    return formulas.rewritten(definition, write)


def problems(conditions: Sequence[Condition]) -> Iterator[tuple[str, str]]:
    """(path, reason) of conditions that cannot be written out, or whose key is not free."""
    written = {condition.key: condition.expression for condition in conditions}
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        if condition.key in seen or condition.key in CONTEXT:
            yield (
                f"conditions[{index}].key",
                f"“{condition.key}” is used twice, or is a name that expressions have",
            )
        seen.add(condition.key)
        try:
            expressions.compile_expression(_meaning(condition.key, written, ()))
        except ExpressionError as error:
            yield f"conditions[{index}].expression", str(error)


def hidden(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, reason) of expressions in which a condition would mean something else, or become too long."""
    meanings = _meanings(_written(definition.get("conditions")))
    for path, text in formulas.each(definition):
        try:
            if meanings and not path.startswith("conditions["):
                _put(text, meanings)
        except ExpressionError as error:
            yield path, str(error)


def _written(conditions: Any) -> dict[str, str]:
    """Key → expression of those that are of the right shape."""
    items = conditions if isinstance(conditions, list) else []
    found = ((item.get("key"), item.get("expression")) for item in items if isinstance(item, Mapping))
    return {key: text for key, text in found if isinstance(key, str) and isinstance(text, str)}


def _meanings(written: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key in written:
        try:
            found[key] = _meaning(key, written, ())
        except ExpressionError:
            found[key] = NEVER
    return found


def _meaning(key: str, written: Mapping[str, str], above: tuple[str, ...]) -> str:
    """What the condition `key` means without names. Raises ExpressionError for a circle."""
    if len(above) > MAX_DEPTH:
        raise ExpressionError(f"mentions conditions that mention others more than {MAX_DEPTH} times over")
    if key in above:
        circle = (*above[above.index(key) :], key)
        raise ExpressionError(f"leads back to itself: {' → '.join(circle)}")
    text = tokens.plain(written[key])
    inner = {
        name: _meaning(name, written, (*above, key)) for name in tokens.free_names(text) if name in written
    }
    return _put(text, inner)


def _written_out(text: str, meanings: Mapping[str, str]) -> str:
    try:
        return _put(text, meanings)
    except ExpressionError:
        return NEVER


def _put(text: str, meanings: Mapping[str, str]) -> str:
    """Raises ExpressionError when a macro hides what a condition looks at, or the whole becomes too long."""

    def write(token: tokens.Token) -> str:
        if token.text not in meanings:
            return token.text
        meaning = meanings[token.text]
        if clash := token.bound & tokens.free_names(meaning):
            raise ExpressionError(
                f"binds “{min(clash)}”, which the condition “{token.text}” looks at; name it otherwise"
            )
        return f"({meaning})"

    found = tokens.replaced(text, write)
    if len(found) > expressions.MAX_LENGTH:
        raise ExpressionError(
            f"has {len(found)} characters with its conditions written out, "
            f"at most {expressions.MAX_LENGTH} are allowed"
        )
    return found
