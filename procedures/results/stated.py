"""What the holder of a result can show of it without the rest: what its definition names, and its answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.documents.models import IssuedPaper
from portal.documents.statements import Fact
from procedures.definitions import runtime
from procedures.definitions.parts import Claims
from procedures.definitions.runtime import Definition
from procedures.eforms import summary
from procedures.eforms.texts import Text
from procedures.results.models import Result

_LABEL = re.compile(r"label\(\s*[\"'](\w+)[\"']\s*\)\Z")


def of_paper(paper: IssuedPaper) -> list[Fact]:
    """The facts of a paper that was issued here; none of any other. One query, two for a definition not yet read."""
    version = Result.objects.filter(paper=paper).values_list("dossier__version_id", flat=True).first()
    return of(runtime.definition(version), paper.claims) if version else []


def of(definition: Definition, claims: Mapping[str, Any]) -> list[Fact]:
    """First the definition's statements, then each claim that repeats a question, in the claims' order.

    What was left open says nothing and is no fact. The words are the paper's, Vietnamese; labels are in both languages.
    """
    stated = definition.stated(claims)
    named = [
        Fact(one.key, _words(one.label), stated[one.key], reached=one.shows == "reached")
        for one in definition.result.statements
        if one.key in stated
    ]
    return [*named, *_repeated(definition, claims)]


def _repeated(definition: Definition, claims: Mapping[str, Any]) -> Iterator[Fact]:
    """The code of an answer and its words (`label("…")`) are one fact; what a statement says already is none."""
    stated = {one.expression.strip() for one in definition.result.statements if one.shows == "value"}
    fields = {field.key: field for field in (*definition.form.fields(), *definition.result.fields)}
    seen: set[str] = set()
    for path, expression, value in leaves(definition.result.claims, claims):
        told = _LABEL.match(expression)
        key = told[1] if told else expression
        field = fields.get(key)
        if f"claims.{path}" in stated or field is None or key in seen or value in (None, "", []):
            continue
        seen.add(key)
        words = str(value) if told else summary.text(field, value, "vi")
        yield Fact(f"claims.{path}", _words(field.label), value if isinstance(value, bool) else words)


def _words(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.get("en")}


def leaves(definition: Claims, claims: Mapping[str, Any], around: str = "") -> Iterator[tuple[str, str, Any]]:
    """(dotted path, expression, value) of every claim."""
    for key, expression in definition.items():
        value, path = claims.get(key), f"{around}{key}"
        if not isinstance(expression, Mapping):
            yield path, expression.strip(), value
        elif isinstance(value, Mapping):
            yield from leaves(expression, value, f"{path}.")
