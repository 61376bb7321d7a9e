"""Bundles: a procedure as one file. Reading, checking, importing, exporting.

The file format is documented in bundle.schema.json beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.accounts.models import User
from portal.documents import canonical
from procedures.definitions import code_lists, loading, publishing, sources, validation
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.definitions.sources import Source, SourceError, read
from procedures.definitions.validation import InvalidDefinition, Problem, validate

__all__ = [
    "FOLDER",
    "InvalidDefinition",
    "Problem",
    "Source",
    "SourceError",
    "export",
    "import_all",
    "import_bundle",
    "read",
    "read_all",
    "validate",
]

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
    returned. A draft with other content is overwritten: it is the one place where a procedure is edited.
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
    version = _draft(procedure, dict(definition), digest)
    return publishing.publish(version, by=by, at=at) if publish else version


@transaction.atomic
def import_all(
    definitions: Sequence[Mapping[str, Any]], *, by: User | None, at: datetime, publish: bool = False
) -> list[ProcedureVersion]:
    """All of them or none, and the code lists that come with the program."""
    code_lists.install(at=at)
    return [import_bundle(definition, by=by, at=at, publish=publish) for definition in definitions]


def export(version: ProcedureVersion) -> str:
    """The bundle of a version as YAML; importing it gives the same digest."""
    return sources.write(version.definition)


def _draft(procedure: Procedure, definition: dict[str, Any], digest: str) -> ProcedureVersion:
    version = procedure.versions.filter(state=VersionState.DRAFT).first() or ProcedureVersion(
        procedure=procedure, number=_next_number(procedure)
    )
    if version.pk and version.digest == digest:
        return version
    version.definition, version.digest = definition, digest
    publishing.describe(version)
    version.save()
    return version


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
