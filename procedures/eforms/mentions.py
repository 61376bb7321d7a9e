"""How expressions look at a name: the constants it is compared with, and whether that is all they do with it.

For such a name a handful of values stands for all the others: the constants and their neighbours. That is
what lets `possible` say “never” and mean it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?u?)|"""
    r"""(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*(?!\w*\s*\())*)|(?P<sign>&&|\|\||[=!<>]=|[^\s])"""
)
_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">="})
_BEFORE = frozenset({"", "(", "&&", "||", "!", "?", ":"})
_AFTER = frozenset({"", ")", "&&", "||", "?", ":"})
_SPANS = {"years_between": "years", "days_between": "days"}

Constant = str | int | bool | None
Token = tuple[str, str]  # kind, text


@dataclass(slots=True)
class Mentions:
    """What a set of expressions does with one name.

    `is_plain`: it is only compared with the constants in `constants`, with `today`, or measured against
    today in the full years and days of `spans`. Nothing else about its value can matter then.
    `is_relative`: it is compared with or measured against today.
    """

    constants: set[Constant] = field(default_factory=set)
    spans: set[tuple[str, int]] = field(default_factory=set)
    is_plain: bool = True
    is_relative: bool = False


def tokens(text: str) -> list[Token]:
    """(kind, text) of every token; a dotted name such as applicant.sex is one."""
    return [(str(found.lastgroup), found.group()) for found in _TOKEN.finditer(text)]


def constants(texts: Iterable[str]) -> set[Constant]:
    """Every constant that occurs anywhere in `texts`."""
    return {_value(token) for text in texts for token in tokens(text) if _is_constant(token)}


def of(name: str, texts: Iterable[str]) -> Mentions:
    """How `texts` look at the variable `name` ("copies", "applicant.sex")."""
    found = Mentions()
    for text in texts:
        listed = tokens(text)
        for index, token in enumerate(listed):
            if token == ("name", name):
                _note(found, listed, index)
            elif token[0] == "string" and _value(token) == name and _word(listed, index - 2) == "label":
                found.is_plain = False
    return found


def compared(text: str) -> Iterator[tuple[str, Constant]]:
    """(name, constant) wherever `text` compares a variable with a constant by ==, != or in."""
    listed = tokens(text)
    for index, (kind, name) in enumerate(listed):
        if kind == "name":
            for sign in ("==", "!=", "in"):
                yield from ((name, value) for value in _beside(listed, index, {sign}) or ())


def _note(found: Mentions, listed: list[Token], index: int) -> None:
    values = _beside(listed, index, _COMPARE | {"in"})
    span = _span(listed, index)
    if values is not None:
        found.constants.update(values)
    elif span is not None:
        found.spans.add(span)
        found.is_relative = True
    elif _is_against_today(listed, index):
        found.is_relative = True
    else:
        found.is_plain = False


def _word(listed: list[Token], index: int) -> str:
    return listed[index][1] if 0 <= index < len(listed) else ""


def _is_constant(token: Token) -> bool:
    return token[0] in ("string", "number") or token[1] in ("true", "false", "null")


def _value(token: Token) -> Constant:
    kind, text = token
    if kind == "string":
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):  # an escape that CEL knows and Python does not
            return text[1:-1]
    if kind == "number":
        return int(float(text.rstrip("u")))
    return {"true": True, "false": False}.get(text)


def _beside(listed: list[Token], index: int, signs: Iterable[str]) -> list[Constant] | None:
    """The constants that the name at `index` is compared with; None when it is not a plain comparison."""
    sign, following = _word(listed, index + 1), listed[index + 2 : index + 3]
    if sign == "in" and sign in signs and _word(listed, index + 2) == "[":
        return _members(listed, index + 3) if _word(listed, index - 1) in _BEFORE else None
    if sign in signs and sign != "in" and following and _is_constant(following[0]):
        plain = _word(listed, index - 1) in _BEFORE and _word(listed, index + 3) in _AFTER
        return [_value(following[0])] if plain else None
    if index >= 2 and _word(listed, index - 1) in set(signs) - {"in"} and _is_constant(listed[index - 2]):
        plain = _word(listed, index - 3) in _BEFORE and _word(listed, index + 1) in _AFTER
        return [_value(listed[index - 2])] if plain else None
    return None


def _members(listed: list[Token], start: int) -> list[Constant] | None:
    """The constants of a list that begins behind its bracket."""
    found: list[Constant] = []
    for token in listed[start:]:
        if token[1] == "]":
            return found
        if _is_constant(token):
            found.append(_value(token))
        elif token[1] != ",":
            return None
    return None


def _span(listed: list[Token], index: int) -> tuple[str, int] | None:
    """("years", 18) for years_between(NAME, today) < 18, either way round; None for anything else."""
    for start in (index - 2, index - 4):
        call = [text for _kind, text in listed[max(start, 0) : start + 6]] if start >= 0 else []
        if len(call) == 6 and call[0] in _SPANS and call[1] == "(" and call[3] == "," and call[5] == ")":
            number = listed[start + 7 : start + 8]
            if (
                "today" in (call[2], call[4])
                and _word(listed, start + 6) in _COMPARE
                and number
                and number[0][0] == "number"
                and _word(listed, start - 1) in _BEFORE
                and _word(listed, start + 8) in _AFTER
            ):
                return _SPANS[call[0]], int(float(number[0][1]))
    return None


def _is_against_today(listed: list[Token], index: int) -> bool:
    """NAME < today, either way round; for today itself, compared with any name."""
    mine = _word(listed, index)
    for sign, other, before, after in ((1, 2, -1, 3), (-1, -2, -3, 1)):
        beside = listed[index + other] if 0 <= index + other < len(listed) else ("", "")
        if (
            _word(listed, index + sign) in _COMPARE
            and (beside[1] == "today" or (mine == "today" and beside[0] == "name"))
            and _word(listed, index + before) in _BEFORE
            and _word(listed, index + after) in _AFTER
        ):
            return True
    return False
