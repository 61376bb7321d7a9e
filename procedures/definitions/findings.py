"""What is found wrong with a definition, and the small questions that ask for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from procedures.eforms import expressions

Finding = tuple[str, str]  # path, reason


def of_expression(text: str | None, path: str, names: Collection[str]) -> Iterator[Finding]:
    """What is wrong with an expression that may look at `names`; an absent one is fine."""
    if text:
        yield from ((path, reason) for reason in expressions.problems(text, names))


def doubles(keys: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """`keys` are (key, path)."""
    seen: set[str] = set()
    for key, path in keys:
        if key in seen:
            yield path, f"“{key}” is used twice"
        seen.add(key)


def strangers(given: Iterable[str], known: Collection[str], path: str, what: str) -> Iterator[Finding]:
    """Those of `given` that are not among `known`; `path` may hold {} for the key."""
    yield from ((path.format(key), f"“{key}” is not {what}") for key in given if key not in known)
