"""What a new draft knows before anything is asked: each field's sources in order, the first that has a value counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from procedures.definitions.runtime import Definition
from procedures.eforms import expressions, values
from procedures.eforms.schema import Field, Prefill

# (field, source) → the value and where it comes from, as provenance keeps it; None when it has none.
Look = Callable[[Field, Prefill], tuple[Any, dict[str, Any]] | None]


def answers(
    definition: Definition,
    applicant: Mapping[str, Any],
    *,
    at: datetime,
    looks: Mapping[str, Look] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(answers, provenance), by field key; what no source knows, or does not fit, stays a question.

    `looks`: how sources other than the account are asked, by name ("registry", "last_dossier").
    """
    asked: dict[str, Look] = {"account": _account(applicant), **(looks or {})}
    found: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    for field in definition.form.fields():
        for source in field.prefill:
            look = asked.get(source.source)
            told = look(field, source) if look else None
            if told and values.fits(field, told[0], {}, definition.form):
                found[field.key] = told[0]
                provenance[field.key] = {"source": source.source, "at": at.isoformat(), **told[1]}
                break
    return found, provenance


def _account(applicant: Mapping[str, Any]) -> Look:
    def look(field: Field, source: Prefill) -> tuple[Any, dict[str, Any]] | None:
        value = expressions.evaluate(source.value, {"applicant": applicant}, default=None)
        return None if value in (None, "") else (value, {"lock": field.lock})

    return look
