"""What officers scan for a result: files of the dossier from the moment that the findings are kept.

One of them may be copied into the paper (`result.copies`). Kept are pictures of a scan's pages (`copying`), so what
the officer looks at is what the leader approves and what is printed: its SHA-256 stands among the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.documents import copying, store, uploads
from portal.documents.models import Document, DocumentKind
from procedures.definitions import runtime
from procedures.dossiers import contents, dossiers
from procedures.dossiers.models import Dossier, DossierFile
from procedures.dossiers.workflow import NotAllowed
from procedures.eforms.forms import StoredFile
from procedures.eforms.schema import Field, FieldType
from procedures.results import stated


class OtherScan(Exception):
    """The scan is not the one whose digest is among the data."""


class Scans:
    """The form engine's `Uploads` for what an officer scans for `dossier`."""

    def __init__(self, dossier: Dossier, *, by: User, at: datetime) -> None:
        self.dossier, self.by, self.at = dossier, by, at

    def put(self, field: Field, upload: UploadedFile[Any]) -> StoredFile:
        """Draw and keep one scan; a refusal is the question's error."""
        try:
            kept = uploads.accept_scan(
                upload, accept=field.accept, max_bytes=field.max_mb * 10**6, by=self.by, at=self.at
            )
        except uploads.UploadRefused as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal
        return _stored(kept)

    def get(self, ids: Sequence[str]) -> list[StoredFile]:
        """Those that the dossier has, and those that this officer has brought and nothing has yet."""
        brought = Q(created_by=self.by, owner=None, kind=DocumentKind.UPLOAD, attached_at=None)
        wanted = [UUID(pk) for pk in ids if _is_uuid(pk)]
        rows = Document.objects.filter(brought | Q(pk__in=self.dossier.files.values("document")))
        found = rows.in_bulk(wanted) if wanted else {}
        return [_stored(found[pk]) for pk in wanted if pk in found]


@transaction.atomic
def fill(dossier: Dossier, values: Mapping[str, Any], *, by: User, at: datetime) -> Dossier:
    """Keep what was found at the dossier's stage, and its scans as files of the dossier. Raises NotAllowed.

    In order: what the scan to be copied tells (`parts.COPIED`) is read off it, the findings are kept, each new scan
    becomes a file of the dossier; one whose place it took is forgotten once this commits.
    """
    result = runtime.definition(dossier.version_id).result
    copies = result.copies
    told = _told(values[copies]) if copies and copies in values else {}
    dossier = dossiers.fill_outcome(dossier, {**values, **told}, by=by, at=at)
    for field in result.fields:
        if field.type == FieldType.FILE and field.key in values:
            _hold(dossier, field, [UUID(pk) for pk in values[field.key] or ()], at=at)
    return dossier


def pages(dossier: Dossier, claims: Mapping[str, Any]) -> tuple[copying.Page, ...]:
    """The pages that the dossier's result begins with; none where it copies nothing, or nothing was scanned yet.

    Raises OtherScan when the scan is not the one that `claims` tell of, store.Damaged.
    """
    result = runtime.definition(dossier.version_id).result
    ids = dossier.outcome.get(result.copies) if result.copies else None
    if not ids:
        return ()
    scan = Document.objects.get(pk=ids[0])
    every = stated.leaves(result.claims, claims)
    if any(told == "copied_sha256" and value != scan.sha256 for _path, told, value in every):
        raise OtherScan(str(scan.pk))
    return copying.pages(store.read(scan))


def _told(ids: Sequence[str] | None) -> dict[str, Any]:
    if not ids:
        return {"copied_pages": None, "copied_sha256": None}
    scan = Document.objects.get(pk=ids[0])
    try:
        count = len(copying.pages(store.read(scan)))
    except ValueError as error:
        raise NotAllowed(_("The scan cannot be copied. Remove it and attach it again.")) from error
    return {"copied_pages": count, "copied_sha256": scan.sha256}


def _hold(dossier: Dossier, field: Field, ids: Sequence[UUID], *, at: datetime) -> None:
    held = DossierFile.objects.filter(dossier=dossier, key=field.key)
    new = Document.objects.filter(pk__in=ids).exclude(pk__in=held.values("document"))
    label = {"vi": field.label.vi, "en": field.label.get("en")}
    contents.attach(dossier, [contents.Paper(field.key, label, document) for document in new], at=at)
    gone = [file.document for file in held.exclude(document__in=ids).select_related("document")]
    held.exclude(document__in=ids).delete()
    free = [one for one in gone if not DossierFile.objects.filter(document=one).exists()]
    transaction.on_commit(lambda: store.release(free))


def _stored(document: Document) -> StoredFile:
    return StoredFile(id=str(document.pk), name=document.name, size=document.size)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
