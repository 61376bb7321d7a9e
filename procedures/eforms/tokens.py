"""CEL as words: which names of an expression stand for something outside it, and other texts in their place.

The library says which variables an expression has, not where; putting a named condition in the place of
its name, or renaming a field, needs the places. Strings, members after a dot, functions and the names
that macros bind are never taken for variables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
PATTERN = 3000  # words that making a plain pattern takes as long as
KEYWORDS = frozenset({"true", "false", "null", "in"})

_REPETITION = re.compile(r"\{(?:\d*,)?(\d{1,9})[,}]")

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<string>[bB]?[rR][bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
        | [bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}
            |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    | (?P<name>[A-Za-z_]\w*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """`is_free`: a name that stands for something outside the expression. `bound`: what macros around it bind."""

    kind: str  # space, string, name, number, sign
    text: str
    is_free: bool
    bound: frozenset[str]
    depth: int  # so many macros are around it


class _Macro(NamedTuple):
    closes_at: int  # the depth of parentheses outside of it
    bound: frozenset[str]


def scan(text: str) -> list[Token]:
    """All of `text`, piece by piece; joined again they give `text`. Never fails."""
    pieces = [(match.lastgroup or "sign", match[0]) for match in _TOKEN.finditer(text)]
    words = [index for index, (kind, _text) in enumerate(pieces) if kind != "space"]
    at = {index: position for position, index in enumerate(words)}
    found: list[Token] = []
    open_macros: list[_Macro] = []
    parentheses = 0

    def near(index: int, distance: int) -> tuple[str, str]:
        position = at[index] + distance
        return pieces[words[position]] if 0 <= position < len(words) else ("", "")

    for index, (kind, piece) in enumerate(pieces):
        bound = open_macros[-1].bound if open_macros else frozenset[str]()
        is_free = kind == "name" and piece not in KEYWORDS | bound and _is_variable(near, index)
        found.append(Token(kind, piece, is_free, bound, len(open_macros)))
        if piece == "(" and kind == "sign":
            if name := _bound_by(near, index):
                open_macros.append(_Macro(parentheses, bound | {name}))
            parentheses += 1
        elif piece == ")" and kind == "sign":
            parentheses -= 1
            if open_macros and open_macros[-1].closes_at == parentheses:
                open_macros.pop()
    return found


def _is_variable(near: Callable[[int, int], tuple[str, str]], index: int) -> bool:
    return near(index, -1)[1] != "." and near(index, +1)[1] not in ("(", "{")


def _bound_by(near: Callable[[int, int], tuple[str, str]], index: int) -> str:
    """The name that the macro opening at the parenthesis `index` binds; "" when it is no macro."""
    (kind, name), comma = near(index, +1), near(index, +2)[1]
    is_macro = near(index, -1)[1] in MACROS and near(index, -2)[1] == "."
    return name if is_macro and kind == "name" and comma == "," else ""


def free_names(text: str) -> frozenset[str]:
    """The names in `text` that stand for something outside it."""
    return frozenset(token.text for token in scan(text) if token.is_free)


def replaced(text: str, write: Callable[[Token], str]) -> str:
    """`text` with what `write` gives for each of its free names; everything else as it is."""
    return "".join(write(token) if token.is_free else token.text for token in scan(text))


def plain(text: str) -> str:
    """`text` without comments, which may not be put inside a longer line."""
    return "".join(" " if token.kind == "space" else token.text for token in scan(text)).strip()


def macros(text: str) -> Iterator[str]:
    """The macros in `text` that run over a list, by name."""
    tokens = [token for token in scan(text) if token.kind != "space"]
    for dot, name, opening in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if dot.text == "." and name.text in MACROS and opening.text == "(":
            yield name.text


def weights(text: str) -> tuple[int, ...]:
    """What an evaluation does, in words: those outside of macros, those inside one, inside two, …

    A pattern weighs as much as it takes to make it, which repetitions of repetitions multiply.
    """
    words = [token for token in scan(text) if token.kind != "space"]
    found = [0] * (1 + max((token.depth for token in words), default=0))
    for index, token in enumerate(words):
        is_pattern = token.kind == "string" and index > 1 and words[index - 2].text == "matches"
        found[token.depth] += pattern_weight(token.text) if is_pattern else 1
    return tuple(found)


def cost(weights: tuple[int, ...], rows: int) -> int:
    """The weights together, when no list has more than `rows` items."""
    return sum(weight * rows**depth for depth, weight in enumerate(weights))


def pattern_weight(regex: str) -> int:
    """What it takes to make a pattern, in words."""
    times = [int(number) for number in _REPETITION.findall(regex)]
    return PATTERN * math.prod(max(number, 1) for number in times)


def open_patterns(text: str) -> bool:
    """Whether a pattern is not written out but computed, so that what it takes is not known."""
    words = [token for token in scan(text) if token.kind != "space"]
    return any(
        name.text == "matches" and opening.text == "(" and pattern.kind != "string"
        for name, opening, pattern in zip(words, words[1:], words[2:], strict=False)
    )
