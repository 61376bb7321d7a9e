"""A version's way: draft → published → retired. Published is for ever: a dossier stays on its version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts.models import User
from procedures.definitions import code_lists, loading, validation
from procedures.definitions.describing import DESCRIBED, describe
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.eforms import schema

__all__ = [
    "DESCRIBED",
    "NotADraft",
    "NotPublished",
    "compile_snapshot",
    "describe",
    "publish",
    "retire",
]


class NotADraft(Exception):
    """Only a draft can be published."""


class NotPublished(Exception):
    """Only the published version can be retired."""


def compile_snapshot(definition: Mapping[str, Any], lists: loading.Frozen | None = None) -> dict[str, Any]:
    """The one JSON that runtime reads: named conditions written out, papers compiled into the form, every
    default told, and what `lists` has of the code lists that are named (`code_lists.of(definition)`).

    Raises validation.InvalidDefinition.
    """
    validation.require(definition, lists=lists)
    content = loading.load(loading.compiled(definition, lists))
    return {"schema": loading.SCHEMA, **schema.dump(content)}


@transaction.atomic
def publish(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Put a draft in force.

    In order: lock the procedure, check that the version is still a draft, compile its snapshot, retire
    the version in force, publish. Drafts of dossiers begun on the old version stay on it; they are asked
    to move when they are opened. Raises NotADraft, validation.InvalidDefinition.
    """
    procedure = Procedure.objects.select_for_update(of=("self",)).get(pk=version.procedure_id)
    row = ProcedureVersion.objects.get(pk=version.pk)
    if row.state != VersionState.DRAFT:
        raise NotADraft(row.pk)
    row.snapshot = compile_snapshot(row.definition, code_lists.of(row.definition))
    for current in procedure.versions.current():
        _retire(current, by=by, at=at)
    row.state, row.published_at, row.published_by = VersionState.PUBLISHED, at, by
    describe(row)
    row.save(update_fields=["snapshot", "state", "published_at", "published_by", *DESCRIBED])
    return row


@transaction.atomic
def retire(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Take the version out of force without a successor. Dossiers under way go on. Raises NotPublished."""
    Procedure.objects.select_for_update(of=("self",)).get(pk=version.procedure_id)
    row = ProcedureVersion.objects.get(pk=version.pk)
    if row.state != VersionState.PUBLISHED:
        raise NotPublished(row.pk)
    return _retire(row, by=by, at=at)


def _retire(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    version.state, version.retired_at, version.retired_by = VersionState.RETIRED, at, by
    version.save(update_fields=["state", "retired_at", "retired_by"])
    return version
