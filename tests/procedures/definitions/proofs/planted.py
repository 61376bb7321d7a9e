"""Faults planted into sound definitions, one each, with the task that must find it and where."""

from __future__ import annotations

import copy
from typing import Any

from procedures.definitions import places

BIRTH, RESIDENCE, STATUS, EXTRACT = "1.001193", "1.004222", "1.004873", "2.000635"


def put(definition: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A copy with `value` at a place; None takes away what stands there."""
    changed = copy.deepcopy(dict(definition))
    places.put(changed, place, value)
    return changed


def added(definition: dict[str, Any], place: str, item: Any) -> dict[str, Any]:
    """A copy with `item` at the end of the list at a place."""
    changed = copy.deepcopy(dict(definition))
    places.add(changed, place, None, item)
    return changed


def text(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


NOTE = {"key": "note", "type": "text", "label": text("Ghi chú"), "max_length": 50}

# name: (code, the change, key of the task, place of the finding, a part of its text)
PLANTED: dict[str, tuple[str, Any, str, str, str]] = {
    "misspelt name": (
        BIRTH,
        lambda d: put(d, "form.steps.requester.fields.relation_other.applies", 'relatoin == "other"'),
        "structure",
        "form.steps.requester.fields.relation_other.applies",
        "relatoin",
    ),
    "nothing filled in": (BIRTH, lambda d: put(d, "who", None), "structure", "who", "not filled in"),
    "circle of two questions": (
        EXTRACT,
        lambda d: put(
            put(d, "form.steps.requester.fields.about.applies", 'organisation_name != "x"'),
            "form.steps.requester.fields.organisation_name.applies",
            'about == "organisation"',
        ),
        "cycles",
        "form.steps.requester.fields.about",
        "depend on each other",
    ),
    "question that looks at itself": (
        EXTRACT,
        lambda d: put(d, "form.steps.copies.fields.copies.applies", "copies > 1"),
        "cycles",
        "form.steps.copies.fields.copies",
        "→",
    ),
    "condition that contradicts itself": (
        EXTRACT,
        lambda d: put(d, "papers.authorisation.applies", 'about == "other" && about == "self"'),
        "conditions",
        "papers.authorisation.applies",
        "No answer",
    ),
    "answer that does not exist": (
        EXTRACT,
        lambda d: put(d, "papers.exemption_proof.applies", 'fee_exemption == "poorr"'),
        "conditions",
        "papers.exemption_proof.applies",
        "poorr",
    ),
    "number beyond the limits": (
        EXTRACT,
        lambda d: put(d, "papers.exemption_proof.applies", "copies > 50"),
        "conditions",
        "papers.exemption_proof.applies",
        "No answer",
    ),
    "exemption that never applies": (
        EXTRACT,
        lambda d: put(
            d, "fees.copies.exemptions.0.applies", 'fee_exemption == "poor" && fee_exemption == "disabled"'
        ),
        "conditions",
        "fees.copies.exemptions.0.applies",
        "No answer",
    ),
    "step that nobody reaches": (
        EXTRACT,
        lambda d: put(d, "form.steps.subject.applies", 'about == "self" && subject_relation == "child"'),
        "conditions",
        "form.steps.subject.applies",
        "No answer",
    ),
    "question that nobody is asked": (
        EXTRACT,
        lambda d: added(d, "form.steps.subject.fields", {**NOTE, "applies": 'about == "self"'}),
        "reach",
        "form.steps.subject.fields.note.applies",
        "does not go together",
    ),
    "question behind a dead question": (
        EXTRACT,
        lambda d: added(
            added(d, "form.steps.subject.fields", {**NOTE, "applies": 'about == "self"'}),
            "form.steps.subject.fields",
            {**NOTE, "key": "more", "applies": 'note == "x"'},
        ),
        "reach",
        "form.steps.subject.fields.more.applies",
        "depends on",
    ),
    "paper that is the result itself": (
        EXTRACT,
        lambda d: put(
            put(
                put(d, "papers.earlier_paper.required", True),
                "papers.earlier_paper.accepts",
                ["KQ.G15.000342"],
            ),
            "reuse",
            [],
        ),
        "papers",
        "papers.earlier_paper.accepts",
        "very result",
    ),
    "fee without an amount": (
        EXTRACT,
        lambda d: put(d, "form.steps.copies.fields.copies.required", False),
        "fees",
        "fees.copies",
        "no amount comes out",
    ),
    "negative fee": (
        EXTRACT,
        lambda d: put(d, "fees.copies.unit_amount", "8000 - copies * 1000"),
        "fees",
        "fees.copies",
        "negative",
    ),
    "negative quantity": (
        EXTRACT,
        lambda d: put(d, "form.steps.copies.fields.copies.min", None),
        "fees",
        "fees.copies",
        "negative",
    ),
    "fee only online": (
        EXTRACT,
        lambda d: put(d, "fees.copies.unit_amount", 'channel == "online" ? 8000 : -1'),
        "fees",
        "fees.copies",
        "at the counter",
    ),
    "stages that do not add up": (
        BIRTH,
        lambda d: put(d, "stages.handling.share", 60),
        "stages",
        "stages",
        "sum to 95",
    ),
    "text without English": (
        BIRTH,
        lambda d: put(d, "form.steps.child.title.en", ""),
        "languages",
        "form.steps.child.title",
        "English",
    ),
    "placeholder without a source": (
        BIRTH,
        lambda d: put(d, "result.claims.child.place_of_birth", None),
        "result",
        "result.claims",
        "child.place_of_birth",
    ),
    "template that does not exist": (
        BIRTH,
        lambda d: put(d, "result.template", "death_certificate"),
        "result",
        "result.template",
        "template",
    ),
    "claim of nothing": (
        BIRTH,
        lambda d: put(d, "result.claims.child.full_name", "child_nmae"),
        "result",
        "result.claims.child.full_name",
        "child_nmae",
    ),
}
