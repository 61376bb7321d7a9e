"""Taking a bundle over by hand: first looked at, with what it would change and what is wrong, then taken.

What is taken becomes the draft of its procedure, as one change of each part that differs: the history tells
it, and it can be taken back part by part. Nothing that is in force changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import Agency, User
from procedures.definitions import (
    code_lists,
    coherence,
    diffing,
    editing,
    loading,
    sources,
    validation,
    versions,
)
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.definitions.sources import Source, SourceError


@dataclass(slots=True)
class Rehearsal:
    """What would come of a bundle. `against`: the version it is compared with; None for a new procedure."""

    text: str
    source: Source | None = None
    problems: list[validation.Problem] = field(default_factory=list)
    refusal: str = ""  # why it may not be taken though it is sound
    against: ProcedureVersion | None = None
    differences: list[diffing.Difference] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.source.get("code", "")) if self.source else ""

    @property
    def changes_nothing(self) -> bool:
        return self.against is not None and not self.differences

    @property
    def can_be_taken(self) -> bool:
        return bool(self.source) and not (self.problems or self.refusal or self.changes_nothing)


def rehearse(text: str, *, name: str, by: User, at: datetime) -> Rehearsal:
    """Read a bundle and compare it; writes nothing. `name` is the file's, for the problems."""
    found = Rehearsal(text)
    try:
        found.source = sources.read(text, name=name)
    except SourceError as error:
        found.problems = [validation.Problem("", error.reason, error.name, error.line)]
        return found
    found.problems = validation.validate(
        found.source, known=_known(found.code), lists=code_lists.of(found.source)
    )
    procedure = Procedure.objects.filter(code=found.code).first()
    if procedure and not Procedure.objects.of_admin(by, at).filter(pk=procedure.pk).exists():
        found.refusal = _("Another agency looks after the procedure %(code)s.") % {"code": found.code}
    elif procedure and (against := _against(procedure)):
        found.against = against
        found.differences = diffing.differences(_today(against.definition), _today(found.source))
    return found


@transaction.atomic
def take(definition: Mapping[str, Any], *, owner: Agency | None, by: User, at: datetime) -> ProcedureVersion:
    """Make the definition the draft of its procedure, which `owner` looks after if it is new.

    Raises validation.InvalidDefinition before anything is written, versions.NotTheirs, versions.CodeRefused.
    """
    wanted = dict(_today(definition))
    validation.require(wanted, lists=code_lists.of(wanted))
    procedure = Procedure.objects.filter(code=wanted["code"]).first()
    if procedure is None:
        draft = versions.start(wanted["code"], owner=owner, name=wanted["name"], by=by, at=at)
    else:
        draft = versions.draft_of(procedure, by=by, at=at)
    for key in [*wanted, *(key for key in draft.definition if key not in wanted)]:
        if draft.definition.get(key) != wanted.get(key):
            draft = editing.set_value(draft, key, wanted.get(key), revision=draft.revision, by=by, at=at)
    return draft


def _today(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """In the format of today, so that an older format is no difference."""
    return loading.migrated(definition)


def _against(procedure: Procedure) -> ProcedureVersion | None:
    """The draft, which would be overwritten; else what is in force, else what was last."""
    order = (VersionState.DRAFT, VersionState.PUBLISHED, VersionState.RETIRED)
    found = list(procedure.versions.order_by("-number"))
    return next((version for state in order for version in found if version.state == state), None)


def _known(code: str) -> coherence.KnownClaims:
    """The claims of the results that other procedures in force issue."""
    rows = ProcedureVersion.objects.current().exclude(procedure__code=code)
    return {result["type"]: result["claims"] for result in rows.values_list("snapshot__result", flat=True)}
