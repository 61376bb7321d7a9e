"""Conditions in words, for whoever does not read expressions."""

from __future__ import annotations

from typing import Any

from django.utils.http import urlencode
from django.utils.translation import get_language

from procedures.definitions.models import ProcedureVersion
from procedures.eforms import conditions
from procedures.studio import addresses, outline

# Entries that are conditions; other expressions (a computed value, a date limit) are not said in words.
_CONDITIONS = ("applies", "required", "expression", "condition")


def words(draft: ProcedureVersion, expression: Any) -> str:
    """ "Ông/bà là gì của trẻ là “Mẹ”"; the expression itself where it has no words; "" for none."""
    if not isinstance(expression, str) or not expression.strip():
        return ""
    return conditions.words(expression, _subjects(draft), get_language() or "vi")


def _subjects(draft: ProcedureVersion) -> dict[str, conditions.Subject]:
    """What conditions of the draft may look at, made once for a page: a page says many conditions."""
    known: tuple[str, int, dict[str, conditions.Subject]] | None = draft.__dict__.get("_subjects")
    language = get_language() or "vi"
    if known is None or known[:2] != (language, draft.revision):
        known = (language, draft.revision, conditions.of_definition(draft.definition))
        draft.__dict__["_subjects"] = known
    return known[2]


def _title(draft: ProcedureVersion, expression: Any) -> str:
    """The words of the question that an expression is, when it is nothing but a question's key."""
    nodes = outline.flat(outline.steps(draft.definition)) if isinstance(expression, str) else ()
    return next((node.title for node in nodes if node.key == expression.strip()), "")


def beside(draft: ProcedureVersion, place: str, expression: Any) -> dict[str, str]:
    """What stands beside the input of a condition: {"words", "condition_url"}, where the builder makes it."""
    if place.rpartition(".")[2] not in _CONDITIONS:
        title = _title(draft, expression)
        return {"words": title} if title else {}
    said = words(draft, expression)
    url = addresses.of_room("condition", draft.procedure.code)
    found = {"words": said} if said and said != expression else {}
    return found | ({"condition_url": f"{url}?{urlencode({'o': place})}"} if url else {})
