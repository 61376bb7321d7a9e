"""Questions over the claims of a paper, in CEL, with three answers: yes, no, cannot be said.

    claims.status.declared == "married"
    age(claims.person.date_of_birth) >= 18

A claim that is missing or empty makes the answer "cannot be said", never "no"; an expression that speaks of `null`
or `has(…)` says itself what a missing claim means. Expressions come from the register of clients, never over the wire.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import cel

YES, NO, UNKNOWN = "yes", "no", "unknown"
MAX_LENGTH = 300
VARIABLES = {"claims", "today"}
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'")
_PATHS = re.compile(r"\bclaims((?:\.[A-Za-z_]\w*)+)(\s*\()?")
_MACROS = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
_SPEAKS_OF_NOTHING = re.compile(r"\bnull\b|\bhas\s*\(")


class Refused(ValueError):
    """The text is not a question that can be asked; the message says why, for the administrator."""


def check(text: str) -> None:
    """Raises Refused, with the library's own words where it has some."""
    if len(text) > MAX_LENGTH or len(_MACROS.findall(text)) > 1:
        raise Refused("too long")
    try:
        program = cel.compile(text)
    except Exception as error:  # the library has no common base
        raise Refused(str(error).splitlines()[0]) from error
    if unknown := set(program.references()["variables"]) - VARIABLES:
        raise Refused(", ".join(sorted(unknown)))
    if not paths(text):
        raise Refused("claims.…")


def answer(text: str, claims: Mapping[str, Any], *, on: date) -> str:
    """YES, NO or UNKNOWN for the claims of one paper on a day in Vietnam. Never raises."""
    bare = _TEXTS.sub("", text)
    if not _SPEAKS_OF_NOTHING.search(bare) and any(dig(claims, p) in (None, "") for p in paths(text)):
        return UNKNOWN
    scope = {"claims": dict(claims), "today": on.isoformat(), "age": functools.partial(_age, on=on)}
    try:
        found = _program(text).execute(scope)
    except Exception:  # as above
        return UNKNOWN
    return {True: YES, False: NO}.get(found, UNKNOWN) if isinstance(found, bool) else UNKNOWN


def dig(claims: Any, path: str) -> Any:
    """The claim at `path` ("child.full_name"), or None."""
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, Mapping) else None
    return claims


def paths(text: str) -> list[str]:
    """The claims that an expression looks at; a method called on one is no part of its path."""
    found = []
    for match in _PATHS.finditer(_TEXTS.sub('""', text)):
        parts = match[1].strip(".").split(".")
        found.append(".".join(parts[:-1] if match[2] and len(parts) > 1 else parts))
    return list(dict.fromkeys(found))


@functools.lru_cache(maxsize=512)
def _program(text: str) -> Any:
    return cel.compile(text)


def _age(born: str, *, on: date) -> int:
    """Whole years on the day `on`; somebody born on 29 February comes of age on 1 March."""
    birth = date.fromisoformat(born)
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
