"""Beginning, copying and throwing away drafts of procedures."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.models import Agency, Role, User
from portal.documents import canonical
from procedures.definitions import loading
from procedures.definitions.describing import describe
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.definitions.publishing import NotADraft

log = logging.getLogger(__name__)


class CodeRefused(Exception):
    """The code is taken or is no code; the message says which, for the person."""


class NotTheirs(Exception):
    """The person does not edit procedures of that agency's branch."""


class DraftExists(Exception):
    """The procedure has a draft already: `draft`. Nobody's work is overwritten."""

    def __init__(self, draft: ProcedureVersion) -> None:
        super().__init__(draft.pk)
        self.draft = draft


@transaction.atomic
def start(
    code: str, *, owner: Agency | None, name: Mapping[str, str] | str, by: User | None, at: datetime
) -> ProcedureVersion:
    """A new procedure with its empty first draft.

    `owner`: the agency in whose branch it is edited; None is the whole site. Raises CodeRefused, NotTheirs.
    """
    called = {"vi": name} if isinstance(name, str) else dict(name)
    return _first(code, _blank(code, called), owner=owner, origin=None, by=by, at=at)


@transaction.atomic
def copy(
    origin: ProcedureVersion, code: str, *, owner: Agency | None, by: User | None, at: datetime
) -> ProcedureVersion:
    """A new procedure that begins as a copy of `origin`. Raises CodeRefused, NotTheirs."""
    definition = _current(origin.definition) | {"code": code}
    return _first(code, definition, owner=owner, origin=origin, by=by, at=at)


@transaction.atomic
def draft_of(
    procedure: Procedure, *, origin: ProcedureVersion | None = None, by: User | None, at: datetime
) -> ProcedureVersion:
    """The draft to edit: a copy of `origin` (restoring an older version), or of the version in force.

    Without `origin` a draft that is there already is returned, so that asking twice is asking once; with
    `origin` it raises DraftExists. Raises NotTheirs, and DoesNotExist when there is nothing to copy.
    """
    row = Procedure.objects.select_for_update(of=("self",)).get(pk=procedure.pk)
    _require_theirs(row, by, at)
    draft = row.versions.filter(state=VersionState.DRAFT).first()
    if draft and origin:
        raise DraftExists(draft)
    if draft:
        return draft
    source = row.versions.get(pk=origin.pk) if origin else _latest(row)
    return _draft(row, _current(source.definition), origin=source)


@transaction.atomic
def discard(draft: ProcedureVersion, *, by: User | None, at: datetime) -> None:
    """Throw a draft away, and the procedure when it never had another version. Raises NotADraft, NotTheirs."""
    procedure = Procedure.objects.select_for_update(of=("self",)).get(pk=draft.procedure_id)
    _require_theirs(procedure, by, at)
    row = procedure.versions.select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if row is None or row.state != VersionState.DRAFT:
        raise NotADraft(draft.pk)
    log.info("draft %s of %s discarded by user %s", row.number, procedure.code, by.pk if by else None)
    row.delete()
    if not procedure.versions.exists():
        procedure.delete()


def next_number(procedure: Procedure) -> int:
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _first(
    code: str,
    definition: dict[str, Any],
    *,
    owner: Agency | None,
    origin: ProcedureVersion | None,
    by: User | None,
    at: datetime,
) -> ProcedureVersion:
    if not loading.CODE.match(code):
        raise CodeRefused(_("A procedure’s code looks like 1.001193."))
    if not _may_own(by, owner, at):
        raise NotTheirs
    procedure, is_new = Procedure.objects.get_or_create(code=code, defaults={"owner": owner})
    if not is_new:
        raise CodeRefused(_("There is a procedure with the code %(code)s already.") % {"code": code})
    return _draft(procedure, definition, origin=origin)


def _draft(
    procedure: Procedure, definition: dict[str, Any], *, origin: ProcedureVersion | None
) -> ProcedureVersion:
    version = ProcedureVersion(
        procedure=procedure,
        number=next_number(procedure),
        definition=definition,
        digest=canonical.sha256(definition),
        origin=origin,
        reviewed=dict(origin.reviewed) if origin else {},
    )
    describe(version)
    version.save()
    return version


def _latest(procedure: Procedure) -> ProcedureVersion:
    """The version in force; after retiring, the last one there was."""
    found = procedure.versions.current().first() or procedure.versions.order_by("number").last()
    if found is None:
        raise ProcedureVersion.DoesNotExist
    return found


def _current(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a definition in the format of today, however old the version is."""
    return deepcopy(dict(loading.migrated(definition)))


def _require_theirs(procedure: Procedure, by: User | None, at: datetime) -> None:
    if by is not None and not Procedure.objects.of_admin(by, at).filter(pk=procedure.pk).exists():
        raise NotTheirs


def _may_own(by: User | None, owner: Agency | None, at: datetime) -> bool:
    """Whether `by` edits what `owner` owns: at or below an own duty; the whole site's at the root alone."""
    if by is None:
        return True
    held = [duty.agency for duty in access.duties(by, at) if duty.role == Role.PROCEDURE_ADMIN]
    if owner is None:
        return any(agency.parent_id is None for agency in held)
    return any(owner.path.startswith(agency.path) for agency in held)


def _blank(code: str, name: Mapping[str, str]) -> dict[str, Any]:
    """The least that every procedure has; what is to be said of it is a question to whoever writes it.

    The stages are those that the law gives every written result (NĐ 30/2020): prepared, signed, numbered.
    """
    return {
        "schema": loading.SCHEMA,
        "code": code,
        "name": dict(name),
        "level": "full",
        "form": {"steps": []},
        "papers": [],
        "reuse": [],
        "fees": [],
        "stages": [
            _stage("handling", "handler", 70, "Thẩm định hồ sơ", "Examination"),
            _stage("approval", "leader", 20, "Lãnh đạo ký duyệt", "Approval and signature"),
            _stage("issue", "clerk", 10, "Văn thư cấp số và phát hành", "Numbering and issue"),
        ],
    }


def _stage(key: str, role: str, share: int, vi: str, en: str) -> dict[str, Any]:
    return {"key": key, "title": {"vi": vi, "en": en}, "role": role, "share": share}
