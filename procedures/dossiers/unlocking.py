"""What a supplement request may unlock, and what the citizen's answer makes of the dossier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procedures.definitions import runtime
from procedures.dossiers.models import Dossier
from procedures.eforms import journey
from procedures.eforms.schema import Field, FieldType


def fields(dossier: Dossier) -> list[Field]:
    """The questions that apply to the answers, papers first. What came locked or is computed is not the
    citizen's to change.
    """
    asked = [field for step in _walk(dossier, dossier.answers).steps for field in step.fields]
    locked = {key for key, origin in dossier.provenance.items() if origin.get("lock")}
    free = [field for field in asked if not field.compute and field.key not in locked]
    return sorted(free, key=lambda field: field.type != FieldType.FILE)


def answered(dossier: Dossier, changed: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """(answers, subject's name) once `changed` stands in: computed anew, and only what still applies."""
    walked = _walk(dossier, {**dossier.answers, **changed})
    definition = runtime.definition(dossier.version_id)
    return walked.answers, definition.subject_name(walked.answers, dossier.context)


def _walk(dossier: Dossier, answers: Mapping[str, Any]) -> journey.Journey:
    form = runtime.definition(dossier.version_id).form
    return journey.walk(form, answers, context=dossier.context)
