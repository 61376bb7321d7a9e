"""What a supplement request may unlock, what the answer to it opens besides, and what it makes of the dossier."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from procedures.definitions import runtime
from procedures.dossiers.models import Dossier
from procedures.eforms import expressions, journey
from procedures.eforms.questions import Check, Step
from procedures.eforms.schema import Field, FieldType


def fields(dossier: Dossier) -> list[Field]:
    """The questions that apply to the answers, papers first. What came locked or is computed is not the
    citizen's to change.
    """
    asked = [field for step in walk(dossier, {}).steps for field in step.fields]
    locked = {key for key, origin in dossier.provenance.items() if origin.get("lock")}
    free = [field for field in asked if not field.compute and field.key not in locked]
    return sorted(free, key=lambda field: field.type != FieldType.FILE)


def walk(dossier: Dossier, changed: Mapping[str, Any]) -> journey.Journey:
    """The journey of the dossier's answers once `changed` stands in."""
    form = runtime.definition(dossier.version_id).form
    return journey.walk(form, {**dossier.answers, **changed}, context=dossier.context)


def answered(dossier: Dossier, changed: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """(answers, subject's name) once `changed` stands in: computed anew, and only what still applies."""
    walked = walk(dossier, changed)
    definition = runtime.definition(dossier.version_id)
    return walked.answers, definition.subject_name(walked.answers, dossier.context)


def questions(dossier: Dossier, unlocked: Collection[str], changed: Mapping[str, Any]) -> tuple[Field, ...]:
    """What the citizen is asked, in the form's order: what is `unlocked`, and what `changed` opens besides.

    Opened is a question that did not apply before, or one that has lost its answer (a choice that is
    no longer offered, an optional answer that is now required). Each carries its step's condition.
    """
    if not unlocked:
        return ()
    wanted = set(unlocked) | set(_opened(dossier, unlocked, changed))
    form = runtime.definition(dossier.version_id).form
    return tuple(_within(step, field) for step in form.steps for field in step.fields if field.key in wanted)


def _opened(dossier: Dossier, unlocked: Collection[str], changed: Mapping[str, Any]) -> Iterator[str]:
    """Keys of what opens, followed to the end: an answer to what was opened may open more."""
    before, known = walk(dossier, {}), set(unlocked)
    there, lacking = _keys(before), _missing(before)
    while True:
        after = walk(dossier, {key: value for key, value in changed.items() if key in known})
        asked = {field.key for step in after.steps for field in step.fields if not field.compute}
        more = ((asked - there) | (_missing(after) - lacking)) - known
        if not more:
            return
        known |= more
        yield from more


def _keys(walked: journey.Journey) -> set[str]:
    return {field.key for step in walked.steps for field in step.fields}


def _missing(walked: journey.Journey) -> set[str]:
    return {key for step in walked.steps for key in step.missing}


def _within(step: Step, field: Field) -> Field:
    """`field` as it stands alone: it applies only where its step does."""
    if not step.applies:
        return field
    both = f"({step.applies}) && ({field.applies})" if field.applies else step.applies
    return dataclasses.replace(field, applies=both)


def checks(dossier: Dossier, asked: Collection[Field], walked: journey.Journey) -> tuple[Check, ...]:
    """The checks to hold the answer to, besides those of the fields `asked`: every one that looks at an
    answer that can be changed, or that held before. One about an answer not on the page has no field.
    """
    names, failed = _names(asked), set(_failed(walk(dossier, {})))
    keys = {field.key for field in asked}
    found: list[Check] = []
    for step in walked.steps:
        found += step.step.checks
        others = (field for field in step.fields if field.key not in keys)
        found += (dataclasses.replace(check, field="") for field in others for check in field.checks)
    return tuple(check for check in found if check not in failed or _touches(check, names))


def shortcomings(dossier: Dossier, unlocked: Collection[str], changed: Mapping[str, Any]) -> list[str]:
    """Why the dossier cannot stand with `changed`: what is still to be answered, which checks fail.

    What was wrong before and cannot be mended by this answer is not held against it.
    """
    before, after = walk(dossier, {}), walk(dossier, changed)
    names = _names(questions(dossier, unlocked, changed))
    lacking = _missing(after) - (_missing(before) - set(unlocked))
    labels = [str(field.label) for step in after.steps for field in step.fields if field.key in lacking]
    old = set(_failed(before))
    broken = [check for check in _failed(after) if check not in old or _touches(check, names)]
    unanswered = [_("Still to be answered: %(fields)s.") % {"fields": ", ".join(labels)}] if labels else []
    return unanswered + [str(check.message) for check in broken]


def _failed(walked: journey.Journey) -> Iterator[Check]:
    return (check for step in walked.steps for check in step.failed)


def _names(asked: Collection[Field]) -> frozenset[str]:
    """Every variable that the answers to `asked` are, the columns of their rows included."""
    return frozenset(each.key for field in asked for each in (field, *field.fields))


def _touches(check: Check, names: frozenset[str]) -> bool:
    return bool(expressions.references(check.expression) & names)
