"""Where the expressions of a definition stand, in whatever state it is, and how to write others there.

One walk over the plain data serves expanding named conditions, renaming what expressions mention, and
saying what a definition looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Keys whose text is an expression over answers, wherever they stand.
_KEYS = frozenset(
    {"applies", "required", "compute", "min", "max", "expression", "unit_amount", "counter_amount"}
    | {"quantity", "count", "subject"}
)
# What holds answers, paths or words of its own, in which these keys are somebody's data.
_OTHER = frozenset(
    {"cases", "examples", "fills", "lists", "messages", "pattern", "personal"} | {"statements"}
)

Write = Callable[[str, str], str]  # (path, expression) → the expression to stand there


def rewritten(definition: Mapping[str, Any], write: Write) -> dict[str, Any]:
    """A copy of `definition` with what `write` gives for each expression over answers.

    Not among them: values of prefills, which see the applicant only, conditions of reuse and statements, which
    see the claims.
    """
    return {key: _item(key, value, key, write) for key, value in definition.items()}


def each(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, expression) of all that `rewritten` would ask about, in order."""
    found: list[tuple[str, str]] = []

    def note(path: str, text: str) -> str:
        found.append((path, text))
        return text

    rewritten(definition, note)
    yield from found


def _item(key: Any, value: Any, path: str, write: Write) -> Any:
    if key == "claims":
        return _leaves(value, path, write)
    if isinstance(value, str):
        return write(path, value) if key in _KEYS and value else value
    return value if key in _OTHER else _inside(value, path, write)


def _inside(value: Any, path: str, write: Write) -> Any:
    if isinstance(value, Mapping):
        return {key: _item(key, item, f"{path}.{key}", write) for key, item in value.items()}
    if isinstance(value, list):
        return [_inside(item, f"{path}[{index}]", write) for index, item in enumerate(value)]
    return value


def _leaves(value: Any, path: str, write: Write) -> Any:
    """Claims: every text is an expression, whatever its key."""
    if isinstance(value, Mapping):
        return {key: _leaves(item, f"{path}.{key}", write) for key, item in value.items()}
    return write(path, value) if isinstance(value, str) and value else value
