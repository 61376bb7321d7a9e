"""Bundles: a procedure as one file. Reading, checking, importing, exporting.

The file format is documented in bundle.schema.json beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from portal.accounts.models import User
from portal.documents import canonical
from procedures.definitions import (
    changes,
    code_lists,
    diffing,
    field_groups,
    history,
    loading,
    publishing,
    sources,
    validation,
)
from procedures.definitions.diffing import Difference
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.definitions.sources import Source, SourceError, read
from procedures.definitions.validation import InvalidDefinition, Problem, validate

__all__ = [
    "FOLDER",
    "Comparison",
    "InvalidDefinition",
    "Problem",
    "Source",
    "SourceError",
    "compare",
    "export",
    "import_all",
    "import_bundle",
    "read",
    "read_all",
    "validate",
]


class Comparison(NamedTuple):
    """What an import would do to a procedure: new, changed or unchanged; and the differences in words."""

    kind: str
    differences: list[Difference]


FOLDER = Path(__file__).parent / "bundles"


def read_all(paths: Sequence[Path]) -> tuple[list[Source], list[Problem]]:
    """Every bundle of the files and folders, and everything that is wrong with any of them.

    Reuse is checked across them, and against what the published versions of other procedures issue.
    """
    found: list[Source] = []
    problems: list[Problem] = []
    for file in (file for path in paths for file in sources.files(path)):
        try:
            found.append(read(file))
        except SourceError as error:
            problems.append(Problem("", error.reason, error.name, error.line))
    known = {**_published_claims(), **_claims(found)}
    lists = code_lists.every()
    for source in found:
        problems += validate(source, known=known, lists=lists)
    return found, problems + _same_code_twice(found)


@transaction.atomic
def import_bundle(
    definition: Mapping[str, Any], *, by: User | None, at: datetime, publish: bool = False
) -> ProcedureVersion:
    """Make `definition` a version of its procedure; with `publish`, the one in force.

    Importing the same content again changes nothing: the version in force, or the draft, that has it is
    returned. A draft with other content is overwritten, as edits in its history that can be undone: it is
    the one place where a procedure is edited.
    Raises validation.InvalidDefinition before anything is written.
    """
    definition = loading.migrated(definition)
    validation.require(definition, lists=code_lists.of(definition))
    procedure, _created = Procedure.objects.get_or_create(code=definition["code"])
    Procedure.objects.select_for_update(of=("self",)).get(pk=procedure.pk)
    digest = canonical.sha256(definition)
    current = procedure.versions.current().filter(digest=digest).first()
    if current:
        return current
    version = _draft(procedure, dict(definition), digest, by=by, at=at)
    return publishing.publish(version, by=by, at=at) if publish else version


@transaction.atomic
def import_all(
    definitions: Sequence[Mapping[str, Any]], *, by: User | None, at: datetime, publish: bool = False
) -> list[ProcedureVersion]:
    """All of them or none, and the code lists and groups of fields that come with the program."""
    code_lists.install(at=at)
    field_groups.install(at=at)
    return [import_bundle(definition, by=by, at=at, publish=publish) for definition in definitions]


def export(version: ProcedureVersion) -> str:
    """The bundle of a version as YAML; importing it gives the same digest."""
    return sources.write(version.definition)


def compare(definition: Mapping[str, Any]) -> Comparison:
    """What importing `definition` would change: compared with the version in force, or else with the draft."""
    versions = ProcedureVersion.objects.filter(procedure__code=definition["code"])
    drafts = versions.filter(state=VersionState.DRAFT)
    found = versions.current().first() or drafts.first()
    if found is None:
        return Comparison("new", [])
    new = loading.migrated(definition)
    changed = diffing.differences(loading.migrated(found.definition), new)
    return Comparison("changed" if changed else "unchanged", changed)


def _draft(
    procedure: Procedure, definition: dict[str, Any], digest: str, *, by: User | None, at: datetime
) -> ProcedureVersion:
    version = procedure.versions.filter(state=VersionState.DRAFT).first()
    if version:
        return version if version.digest == digest else _overwritten(version, definition, by=by, at=at)
    version = ProcedureVersion(
        procedure=procedure, number=_next_number(procedure), definition=definition, digest=digest
    )
    publishing.describe(version)
    version.save()
    return version


def _overwritten(
    version: ProcedureVersion, definition: dict[str, Any], *, by: User | None, at: datetime
) -> ProcedureVersion:
    """The draft with this content instead: one edit for each part that differs, so that nothing is lost."""
    draft = history.locked(version)
    for key in dict.fromkeys([*definition, *draft.definition]):
        if draft.definition.get(key) != definition.get(key):
            change = changes.put(draft.definition, key, definition.get(key))
            draft = history.keep(draft, change, by=by, at=at)
    return draft


def _next_number(procedure: Procedure) -> int:
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _claims(definitions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Type of result → its claims, for those definitions that are sound so far."""
    results = [definition.get("result") for definition in definitions]
    return {
        result["type"]: result["claims"]
        for result in results
        if isinstance(result, Mapping)
        and {"type", "claims"} <= result.keys()
        and isinstance(result["type"], str)
    }


def _published_claims() -> dict[str, Any]:
    results = ProcedureVersion.objects.current().values_list("definition__result", flat=True)
    return _claims([{"result": result} for result in results])


def _same_code_twice(found: Sequence[Source]) -> list[Problem]:
    first: dict[Any, Source] = {}
    return [
        Problem("code", f"{source.get('code')} is also in {other.name}", source.name, source.line_of("code"))
        for source in found
        if (other := first.setdefault(source.get("code"), source)) is not source
    ]
