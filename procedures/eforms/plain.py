"""Conditions that need no interpreter: one answer compared with words, or with yes and no.

Most conditions of most forms are of this kind, and every walk asks each of them. They are recognised when an
expression is compiled and mean exactly what CEL makes of them (tests/procedures/eforms/test_plain.py).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from procedures.eforms.tokens import KEYWORDS

_WORD = r"\"[^\"\\\n]*\"|'[^'\\\n]*'"
_EQUAL = re.compile(rf"\s*([A-Za-z_]\w*)\s*==\s*(true|false|{_WORD})\s*\Z")
_AMONG = re.compile(rf"\s*([A-Za-z_]\w*)\s+in\s*\[\s*((?:{_WORD})(?:\s*,\s*(?:{_WORD}))*)\s*\]\s*\Z")


class Plain(NamedTuple):
    """Whether the answer `name` is one of `wanted`: texts, or one truth value."""

    name: str
    wanted: frozenset[str | bool]

    def holds(self, value: Any) -> bool:
        """As the condition is: an unanswered question, or a value of another type, does not hold."""
        return isinstance(value, str | bool) and value in self.wanted


def recognised(text: str) -> Plain | None:
    """The condition that `text` is, if it is a plain one."""
    if found := _EQUAL.match(text):
        truth = {"true": True, "false": False}
        wanted: set[str | bool] = {truth[found[2]] if found[2] in truth else found[2][1:-1]}
    elif found := _AMONG.match(text):
        wanted = {word[1:-1] for word in re.findall(_WORD, found[2])}
    return Plain(found[1], frozenset(wanted)) if found and found[1] not in KEYWORDS else None
