"""A version's way: draft → published → retired. Published is for ever: a dossier stays on its version.

A draft may wait for its hour (`schedule`), a version in force for its last day (`retire`); `sweep_due` does
both when the time has come. Whether a dossier may be filed is asked of the version when it is filed, so a
sweep that comes late does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import EllipsisType
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.messages import outbox
from procedures.definitions import code_lists, loading, proofs, runtime, schemas, validation
from procedures.definitions.describing import DESCRIBED, describe
from procedures.definitions.models import NotADraft, Procedure, ProcedureVersion, VersionState
from procedures.eforms import schema

__all__ = [
    "DESCRIBED",
    "FINISH_WITHIN",
    "InThePast",
    "NotADraft",
    "NotPublished",
    "compile_snapshot",
    "describe",
    "keep_open",
    "publish",
    "retire",
    "schedule",
    "sweep_due",
    "unschedule",
]

log = logging.getLogger(__name__)

# How long a draft that a citizen began on the version before may still be finished on it.
FINISH_WITHIN = timedelta(days=30)

Until = date | None | EllipsisType


class NotPublished(Exception):
    """Only the published version can be retired."""


class InThePast(Exception):
    """What is to happen by itself has to lie ahead."""


def compile_snapshot(definition: Mapping[str, Any], lists: loading.Frozen | None = None) -> dict[str, Any]:
    """The one JSON that runtime reads: named conditions written out, papers compiled into the form, every
    default told, and what `lists` has of the code lists that are named (`code_lists.of(definition)`).

    Raises validation.InvalidDefinition.
    """
    validation.require(definition, lists=lists)
    content = loading.load(loading.compiled(definition, lists))
    return {"schema": loading.SCHEMA, **schema.dump(content)}


@transaction.atomic
def publish(
    version: ProcedureVersion, *, by: User | None, at: datetime, finish_until: Until = ...
) -> ProcedureVersion:
    """Put a draft in force.

    In order: lock the procedure and the draft, compile its snapshot, retire the version in force, publish,
    together with the schema of its results if that is new.
    Drafts of dossiers begun on an older version can be finished on it through `finish_until` (30 days from
    now unless said otherwise; None: they have to be carried over at once).
    Raises NotADraft, validation.InvalidDefinition.
    """
    procedure, row = _locked(version)
    if row.state != VersionState.DRAFT:
        raise NotADraft(row.pk)
    _require_own_code(row, procedure)
    row.snapshot = compile_snapshot(row.definition, code_lists.of(row.definition))
    until = _day(at + FINISH_WITHIN) if isinstance(finish_until, EllipsisType) else finish_until
    for current in procedure.versions.current():
        _retire(current, last_filing_on=until, by=by, at=at)
    _end_older(procedure, until)
    row.state, row.published_at, row.published_by = VersionState.PUBLISHED, at, by
    row.publish_at = row.finish_until = None
    describe(row)
    row.save(update_fields=["snapshot", "state", "published_at", "published_by", *_WAITING, *DESCRIBED])
    schemas.freeze(runtime.of_snapshot(row.snapshot))
    return row


_WAITING = ("publish_at", "finish_until")


@transaction.atomic
def schedule(
    version: ProcedureVersion,
    *,
    publish_at: datetime,
    by: User | None,
    at: datetime,
    finish_until: Until = ...,
) -> ProcedureVersion:
    """Let a draft be published by itself at `publish_at`, in the name of `by`; scheduling again moves it.

    `finish_until` as in `publish`, counted from `publish_at`. The draft can still be edited; is it unsound
    when its hour comes, it is not published and `by` is told. Raises NotADraft, InThePast,
    validation.InvalidDefinition.
    """
    procedure, row = _locked(version)
    if row.state != VersionState.DRAFT:
        raise NotADraft(row.pk)
    if publish_at <= at:
        raise InThePast(publish_at)
    _require_own_code(row, procedure)
    validation.require(row.definition, lists=code_lists.of(row.definition))
    row.publish_at, row.published_by = publish_at, by
    row.finish_until = (
        _day(publish_at + FINISH_WITHIN) if isinstance(finish_until, EllipsisType) else finish_until
    )
    row.save(update_fields=["published_by", *_WAITING])
    return row


@transaction.atomic
def unschedule(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Let a draft wait for nothing any more. Raises NotADraft."""
    _procedure, row = _locked(version)
    if row.state != VersionState.DRAFT:
        raise NotADraft(row.pk)
    row.publish_at = row.finish_until = row.published_by = None
    row.save(update_fields=["published_by", *_WAITING])
    return row


@transaction.atomic
def retire(
    version: ProcedureVersion, *, by: User | None, at: datetime, last_filing_on: date | None = None
) -> ProcedureVersion:
    """Take the version out of force without a successor. Dossiers under way go on.

    With a `last_filing_on` that is not over it stays open through that day; without one it is closed now,
    and drafts of dossiers begun on it cannot be submitted any more. Raises NotPublished.
    """
    procedure, row = _locked(version)
    if row.state != VersionState.PUBLISHED:
        raise NotPublished(row.pk)
    _end_older(procedure, last_filing_on)
    if last_filing_on and last_filing_on >= _day(at):
        row.last_filing_on, row.retired_by = last_filing_on, by
        row.save(update_fields=["last_filing_on", "retired_by"])
        return row
    return _retire(row, last_filing_on=last_filing_on, by=by, at=at)


@transaction.atomic
def keep_open(version: ProcedureVersion, *, by: User | None, at: datetime) -> ProcedureVersion:
    """Take back that a published version has a last filing date. Raises NotPublished."""
    _procedure, row = _locked(version)
    if row.state != VersionState.PUBLISHED:
        raise NotPublished(row.pk)
    row.last_filing_on = row.retired_by = None
    row.save(update_fields=["last_filing_on", "retired_by"])
    return row


def sweep_due(*, at: datetime) -> None:
    """Publish the drafts whose hour has come, retire the versions whose last day is over. May run twice.

    One that cannot be dealt with stops no other.
    """
    due = ProcedureVersion.objects.filter(publish_at__lte=at).order_by("publish_at", "pk")
    over = ProcedureVersion.objects.current().filter(last_filing_on__lt=_day(at))
    for doing, rows in ((_publish_due, due), (_retire_over, over)):
        for version in rows.defer("definition", "snapshot"):
            try:
                doing(version, at=at)
            except Exception:
                log.exception("version %s could not be moved on", version.pk)


def _publish_due(version: ProcedureVersion, *, at: datetime) -> None:
    """Once more under the lock: it may have been edited, rescheduled or published since it was found."""
    try:
        with transaction.atomic():
            _procedure, row = _locked(version)
            if row.publish_at is None or row.publish_at > at:
                return
            _require_proven(row, at=at)
            publish(row, by=row.published_by, at=at, finish_until=row.finish_until)
    except validation.InvalidDefinition as invalid:
        _could_not_publish(version, invalid, at=at)


def _require_proven(version: ProcedureVersion, *, at: datetime) -> None:
    """What nobody looks at while it is published must have nothing mandatory left. Raises InvalidDefinition."""
    found = proofs.tasks(version, today=_day(at))
    left = [finding for task in found for finding in task.findings if finding.blocks]
    if not proofs.is_publishable(found):
        raise validation.InvalidDefinition([validation.Problem(each.place, each.text) for each in left])


@transaction.atomic
def _could_not_publish(
    version: ProcedureVersion, invalid: validation.InvalidDefinition, *, at: datetime
) -> None:
    _procedure, row = _locked(version)
    by, code = row.published_by, row.procedure.code
    log.warning("draft %s of %s was not published: %s problems", row.number, code, len(invalid.problems))
    unschedule(row, by=None, at=at)
    if by is None:
        return
    with translation.override(by.language or "vi"):
        outbox.send(
            by,
            key=f"version:{row.pk}:not-published:{version.publish_at:%Y%m%d%H%M%S}",
            subject=_("Procedure %(code)s was not published") % {"code": code},
            body=_(
                "The draft of %(code)s was to be published by itself, but %(count)s things in it are not in order. "
                "The version in force stays. Look at the draft and publish it again."
            )
            % {"code": code, "count": len(invalid.problems)},
            link=reverse("studio:procedure", args=[code]),
            at=at,
        )


@transaction.atomic
def _retire_over(version: ProcedureVersion, *, at: datetime) -> None:
    _procedure, row = _locked(version)
    if row.state == VersionState.PUBLISHED and row.last_filing_on and row.last_filing_on < _day(at):
        _retire(row, last_filing_on=row.last_filing_on, by=row.retired_by, at=at)


def _locked(version: ProcedureVersion) -> tuple[Procedure, ProcedureVersion]:
    """The procedure, then the version: what is published is what was edited last."""
    procedure = Procedure.objects.select_for_update(of=("self",)).get(pk=version.procedure_id)
    row = (
        ProcedureVersion.objects.select_for_update(of=("self",))
        .select_related("procedure", "published_by", "retired_by")
        .filter(pk=version.pk)
        .first()
    )
    if row is None:
        raise NotADraft(version.pk)
    return procedure, row


def _retire(
    version: ProcedureVersion, *, last_filing_on: date | None, by: User | None, at: datetime
) -> ProcedureVersion:
    version.state, version.retired_at, version.retired_by = VersionState.RETIRED, at, by
    version.last_filing_on = last_filing_on
    version.save(update_fields=["state", "retired_at", "retired_by", "last_filing_on"])
    return version


def _end_older(procedure: Procedure, until: date | None) -> None:
    """Versions retired earlier cannot be filed on for longer than the one retired now."""
    older = procedure.versions.filter(state=VersionState.RETIRED)
    older.filter(Q(last_filing_on__gt=until) if until else Q()).update(last_filing_on=until)


def _require_own_code(version: ProcedureVersion, procedure: Procedure) -> None:
    if version.definition.get("code") != procedure.code:
        reason = f"must be {procedure.code}; copy the procedure to give it another code"
        raise validation.InvalidDefinition([validation.Problem("code", reason)])


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
