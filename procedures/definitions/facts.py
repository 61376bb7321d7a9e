"""What a result says in words, for papers that no template of their own was drawn for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definitions.parts import Claims
from procedures.definitions.runtime import Definition
from procedures.eforms import summary
from procedures.eforms.questions import Field

LABEL = re.compile(r"label\(\s*[\"'](\w+)[\"']\s*\)\Z")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the paper: "Tên tài liệu", "Sổ hộ khẩu 1998". A group has a line a row."""

    label: str
    values: tuple[str, ...]


def of(definition: Definition, claims: Mapping[str, Any], language: str = "vi") -> list[Fact]:
    """A fact for each claim that repeats a question of the form or of the officers, in the claims' order.

    Nothing that was left open, nothing twice: the code of an answer and its words (`label("…")`) are one
    fact. What is computed otherwise has no words of its own and stays data.
    """
    fields = {field.key: field for field in (*definition.form.fields(), *definition.result.fields)}
    found: dict[str, Fact] = {}
    leaves = list(_leaves(definition.result.claims, claims))
    coded = dict(leaves)
    for expression, value in leaves:
        told = LABEL.match(expression)
        key = told[1] if told else expression
        field = fields.get(key)
        if field is not None and value not in (None, "", []):
            code = coded.get(key) if language != "vi" else None  # the words inside are Vietnamese
            is_words = told and code in (None, "", [])
            words = str(value) if is_words else summary.text(field, code if told else value, language)
            found[key] = Fact(field.label.get(language), tuple(_lines(field, words)))
    return list(found.values())


def _lines(field: Field, words: str) -> list[str]:
    return words.split("\n") if field.fields else [words]


def _leaves(definition: Claims, claims: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, expression in definition.items():
        value = claims.get(key)
        if not isinstance(expression, Mapping):
            yield expression.strip(), value
        elif isinstance(value, Mapping):
            yield from _leaves(expression, value)
