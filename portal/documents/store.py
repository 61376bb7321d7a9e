"""The private store: immutable files under opaque keys, known by the SHA-256 of their bytes.

Keys are `yyyy/mm/dd/<32 hex digits>` and say nothing of their content. The file is written before its row: a
row always has its file; a file without a row (its transaction was rolled back) is swept up by `purge_strays`.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from portal.accounts.models import Person, User
from portal.documents.models import Document

log = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NAME_LENGTH = 160


class StoreFull(Exception):
    """No room is left where the files lie. Nothing was kept."""


class Damaged(Exception):
    """The stored file is missing or is not what was put there. Never served."""


def put(
    content: bytes,
    *,
    name: str,
    content_type: str,
    kind: str,
    owner: Person | None,
    by: User | None,
    at: datetime,
) -> Document:
    """Keep `content` as a new document: the file first, then its row. Raises StoreFull; ValueError when empty.

    Nobody relies on it yet (`attached_at` is empty) until `attach`.
    """
    if not content:
        raise ValueError("A document is not empty.")
    key = _save(f"{at:%Y/%m/%d}/{uuid.uuid4().hex}", content)
    try:
        return Document.objects.create(
            kind=kind,
            owner=owner,
            created_by=by,
            name=_short(name),
            content_type=content_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            storage_key=key,
            created_at=at,
        )
    except Exception:
        _delete(key)
        raise


def read(document: Document) -> bytes:
    """The bytes, compared with the register's SHA-256. Raises Damaged."""
    try:
        with default_storage.open(document.storage_key) as file:
            content: bytes = file.read()
    except OSError as error:
        log.error("document %s: file missing or unreadable", document.pk)
        raise Damaged(str(document.pk)) from error
    if hashlib.sha256(content).hexdigest() != document.sha256:
        log.error("document %s: file differs from its SHA-256", document.pk)
        raise Damaged(str(document.pk))
    return content


def attach(documents: Iterable[Document], *, at: datetime) -> None:
    """Note that something relies on these documents: they are never purged. The first time counts."""
    ids = [document.pk for document in documents]
    Document.objects.filter(pk__in=ids, attached_at=None).update(attached_at=at)


def release(documents: Iterable[Document]) -> None:
    """What relied on these documents is gone: forget them. Only for what nothing else can rely on."""
    for document in documents:
        Document.objects.filter(pk=document.pk).update(attached_at=None)
        discard(document)


def discard(document: Document) -> None:
    """Forget a document that nothing relies on: the row first, so that no row ever lacks its file."""
    deleted, _models = Document.objects.filter(pk=document.pk, attached_at=None).delete()
    if deleted:
        _delete(document.storage_key)


def purge_strays(day: date) -> int:
    """Delete the files of one day's folder that have no row; how many. Only for days that are over."""
    folder = f"{day:%Y/%m/%d}"
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    keys = {f"{folder}/{name}" for name in names}
    known = Document.objects.filter(storage_key__startswith=f"{folder}/").values_list(
        "storage_key", flat=True
    )
    strays = keys - set(known)
    for key in strays:
        _delete(key)
    return len(strays)


def days_before(at: datetime, days: int) -> list[date]:
    """The `days` last days before yesterday, in UTC as in the keys: no upload of theirs can still be under way."""
    return [(at - timedelta(days=2 + back)).date() for back in range(days)]


def _save(key: str, content: bytes) -> str:
    try:
        return default_storage.save(key, ContentFile(content))
    except OSError as error:
        _delete(key)
        if error.errno in FULL:
            log.error("the store of documents is full")
            raise StoreFull from error
        raise


def _delete(key: str) -> None:
    """Delete what may be there; a failure only leaves a stray."""
    try:
        default_storage.delete(key)
    except OSError:
        log.warning("a file of the store could not be deleted")


def _short(name: str) -> str:
    """The name without folders and control characters, its ending kept, at most 160 characters."""
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > NAME_LENGTH and dot and len(ending) <= 8:
        return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
    return plain[:NAME_LENGTH] or "tep"
