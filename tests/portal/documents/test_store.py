"""The private store: what goes in comes out, or nothing does."""

import errno
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError

from portal.documents import store, tasks
from portal.documents.models import Document, DocumentKind

AT = datetime(2026, 11, 12, 3, 0, tzinfo=UTC)


def put(content=b"abc", *, owner=None, at=AT, name="tep.pdf", kind=DocumentKind.UPLOAD):
    return store.put(
        content, name=name, content_type="application/pdf", kind=kind, owner=owner, by=None, at=at
    )


def kept(settings):
    folder = settings.HOME / "files"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_what_was_put_is_read_back(mai):
    document = put(b"abc", owner=mai.person)

    assert store.read(document) == b"abc"
    assert document.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (document.size, document.owner, document.attached_at) == (3, mai.person, None)


def test_keys_say_nothing_of_the_content(db):
    document = put(name="Giấy khai sinh Nguyễn Thị Mẫu.pdf")

    assert document.storage_key.startswith("2026/11/12/")
    assert len(document.storage_key) == len("2026/11/12/") + 32
    assert document.name == "Giấy khai sinh Nguyễn Thị Mẫu.pdf"


def test_files_are_for_the_owner_alone(db, settings):
    put()

    assert all(path.stat().st_mode & 0o077 == 0 for path in kept(settings))


@pytest.mark.parametrize(
    ("given", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mau\\giấy.pdf", "giấy.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("", "tep"),
        ("x" * 300 + ".pdf", "x" * 156 + ".pdf"),
        ("y" * 300, "y" * 160),
    ],
)
def test_names_are_kept_short_and_plain(given, kept_as, db):
    assert put(name=given).name == kept_as


def test_nothing_is_not_a_document(db):
    with pytest.raises(ValueError, match="not empty"):
        put(b"")


def test_a_changed_or_missing_file_is_never_served(db, settings):
    document = put(b"abc")
    (path,) = kept(settings)

    path.write_bytes(b"abd")
    with pytest.raises(store.Damaged):
        store.read(document)
    path.unlink()
    with pytest.raises(store.Damaged):
        store.read(document)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_keeps_nothing(number, db, settings, monkeypatch):
    def full(self, name, content):
        (settings.HOME / "files").mkdir(exist_ok=True)
        raise OSError(number, "full")

    monkeypatch.setattr(FileSystemStorage, "_save", full)

    with pytest.raises(store.StoreFull):
        put()
    assert Document.objects.count() == 0


def test_another_failure_of_the_disk_is_not_hidden(db, monkeypatch):
    def broken(self, name, content):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(FileSystemStorage, "_save", broken)

    with pytest.raises(OSError, match="input/output"):
        put()


def test_a_row_that_cannot_be_written_leaves_no_file(db, settings, monkeypatch):
    def refuse(**_fields):
        raise IntegrityError

    monkeypatch.setattr(Document.objects, "create", refuse)

    with pytest.raises(IntegrityError):
        put()
    assert kept(settings) == []


def test_attach_keeps_the_first_time(db):
    document = put()
    store.attach([document], at=AT)
    store.attach([document], at=AT + timedelta(days=1))

    document.refresh_from_db()
    assert document.attached_at == AT


# ── Sweeping ──────────────────────────────────────────────────────────────────────────────────────
def test_old_uploads_that_nobody_relies_on_are_purged(db, settings, time_machine):
    old, used, young = put(b"1"), put(b"2"), put(b"3", at=AT + timedelta(days=20))
    form = put(b"4", kind=DocumentKind.FORM)
    store.attach([used], at=AT)
    time_machine.move_to(AT + timedelta(days=31))

    assert tasks.purge_orphans() == 1
    assert tasks.purge_orphans() == 0
    assert set(Document.objects.all()) == {used, young, form}
    assert old.storage_key not in {str(path.relative_to(settings.HOME / "files")) for path in kept(settings)}
    assert len(kept(settings)) == 3


def test_files_without_a_row_are_purged_once_their_day_is_over(db, settings, time_machine):
    document = put(b"1")
    stray = settings.HOME / "files" / "2026/11/12" / ("0" * 32)
    stray.write_bytes(b"left by a rolled-back transaction")

    time_machine.move_to(AT + timedelta(hours=20))
    tasks.purge_orphans()
    assert stray.exists()
    time_machine.move_to(AT + timedelta(days=3))
    tasks.purge_orphans()

    assert not stray.exists()
    assert store.read(document) == b"1"


def test_an_attached_document_is_not_discarded(db):
    document = put()
    store.attach([document], at=AT)

    store.discard(document)

    assert store.read(document) == b"abc"
