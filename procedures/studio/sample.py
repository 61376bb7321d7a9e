"""Dossiers of the past for a rehearsal of a draft: the newest of its procedure, as they were filed."""

from __future__ import annotations

from collections.abc import Iterator

from procedures.definitions import runtime
from procedures.definitions.models import Procedure
from procedures.definitions.simulation import Past
from procedures.dossiers.models import Dossier

SIZE = 50


def of(procedure: Procedure, size: int = SIZE) -> Iterator[Past]:
    """The newest dossiers, newest first. One query, and one for each version not loaded before."""
    rows = Dossier.objects.filter(version__procedure=procedure).order_by("-pk")[:size]
    for code, version_id, answers, context in rows.values_list("code", "version_id", "answers", "context"):
        yield Past(code, runtime.definition(version_id), answers, context)
