"""Files that a citizen puts into a draft: the form engine's `Uploads` over the document store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Sum

from portal.accounts.models import User
from portal.documents import store, uploads
from portal.documents.models import Document
from procedures.dossiers.models import DossierFile
from procedures.eforms.schema import Field

if TYPE_CHECKING:
    from procedures.eforms.forms import StoredFile


class Files:
    """Puts uploads into the private store at once, so that a file survives every error on its page."""

    def __init__(self, answers: Mapping[str, Any], *, by: User, at: datetime) -> None:
        self.answers, self.by, self.at = answers, by, at
        self.taken = 0  # bytes that this very request brought

    def put(self, field: Field, upload: UploadedFile[Any]) -> StoredFile:
        """Accept one file; a refusal is the field's error, in the citizen's language."""
        try:
            document = uploads.accept(
                upload,
                accept=field.accept,
                max_bytes=field.max_mb * 10**6,  # as `words.filesize` counts, so that both say the same
                by=self.by,
                at=self.at,
                dossier_bytes=self._used() + self.taken,
            )
        except uploads.UploadRefused as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal
        self.taken += document.size
        return _stored(document)

    def get(self, ids: Sequence[str]) -> list[StoredFile]:
        """The files among `ids` that this person uploaded, in the given order."""
        wanted = [UUID(pk) for pk in ids if _is_uuid(pk)]
        found = (
            {d.pk: d for d in Document.objects.filter(pk__in=wanted, created_by=self.by)} if wanted else {}
        )
        return [_stored(found[pk]) for pk in wanted if pk in found]

    def _used(self) -> int:
        """Bytes that the answers already hold."""
        ids = [pk for value in self.answers.values() if isinstance(value, list) for pk in value]
        mine = Document.objects.filter(pk__in=[pk for pk in ids if _is_uuid(pk)], created_by=self.by)
        return mine.aggregate(total=Sum("size"))["total"] or 0


def named(*typed: Mapping[str, Any], by: int) -> list[Document]:
    """The person's files that something typed lists (`StepForm.typed`), whether or not it was accepted."""
    ids = {pk for one in typed for name, given in one.items() if name.endswith("__kept") for pk in given}
    wanted = [UUID(pk) for pk in ids if _is_uuid(pk)]
    return list(Document.objects.filter(pk__in=wanted, created_by_id=by)) if wanted else []


def listed(answers: Mapping[str, Any], *, by: int) -> list[Document]:
    """The person's files that answers list, those to questions that are no longer asked included."""
    wanted = [pk for value in answers.values() if isinstance(value, list) for pk in value if _is_uuid(pk)]
    return list(Document.objects.filter(pk__in=wanted, created_by_id=by)) if wanted else []


def let_go(documents: Sequence[Document]) -> None:
    """Nothing typed lists these any more: those that no dossier has are forgotten."""
    if not documents:
        return
    held = DossierFile.objects.filter(document__in=documents).values_list("document_id", flat=True)
    sent = set(held)
    store.release([document for document in documents if document.pk not in sent])


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def _stored(document: Document) -> StoredFile:
    from procedures.eforms.forms import StoredFile  # noqa: PLC0415 - Django forms load late

    return StoredFile(id=str(document.pk), name=document.name, size=document.size)
