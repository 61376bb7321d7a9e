"""What is taken from citizens, and each refusal with its own sentence."""

import errno
import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import pikepdf
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image, ImageFile

from portal.documents import store, uploads
from portal.documents.models import Document, DocumentKind

AT = datetime(2026, 11, 12, 3, 0, tzinfo=UTC)
ALL = ("pdf", "jpg", "png")


def pdf(*, pages=1, **saving):
    document = pikepdf.new()
    for _page in range(pages):
        document.add_blank_page()
    out = io.BytesIO()
    document.save(out, **saving)
    return out.getvalue()


def picture(kind, size=(40, 30)):
    out = io.BytesIO()
    Image.effect_noise(size, 80).save(out, kind)
    return out.getvalue()


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hidden")
    return out.getvalue()


def huge_png():
    """A PNG that claims 40,000 × 40,000 pixels in a few bytes."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def send(by, content, *, name="giay.pdf", accept=ALL, max_bytes=1_000_000, dossier_bytes=0):
    file = SimpleUploadedFile(name, content, content_type="text/html")
    return uploads.accept(file, accept=accept, max_bytes=max_bytes, by=by, at=AT, dossier_bytes=dossier_bytes)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (pdf(), "application/pdf"),
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
    ],
)
def test_takes_what_it_is_whatever_it_is_called(content, content_type, mai):
    document = send(mai, content, name="virus.exe.html")

    assert (document.content_type, document.kind) == (content_type, DocumentKind.UPLOAD)
    assert (document.owner, document.created_by) == (mai.person, mai)
    assert store.read(document) == content


def test_takes_jpeg_by_its_other_name(mai):
    assert send(mai, picture("JPEG"), accept=["JPEG"]).content_type == "image/jpeg"


def test_an_officer_keeps_a_file_for_the_citizen(mai, stranger):
    stranger.person = None
    document = uploads.accept(
        SimpleUploadedFile("a.pdf", pdf()), accept=ALL, max_bytes=10**6, by=stranger, at=AT, owner=mai.person
    )

    assert (document.owner, document.created_by) == (mai.person, stranger)


def polyglots():
    return {
        "zip behind a picture": picture("JPEG") + zipped(),
        "zip behind a pdf": pdf() + zipped(),
        "pdf inside a picture": picture("JPEG")[:20] + b"%PDF-1.7" + picture("JPEG")[20:],
        "page inside a pdf": pdf()[:9] + b"<html><script>alert(1)</script>" + pdf()[9:],
    }


REFUSALS = {
    "empty": ("empty", b"", {}),
    "too big": ("too_big", pdf() + b"\0" * 2000, {"max_bytes": 1000}),
    "dossier full": ("dossier_full", pdf(), {"dossier_bytes": 50 * 10**6}),
    "not accepted here": ("wrong_type", pdf(), {"accept": ["jpg"]}),
    "text": ("wrong_type", b"hello", {}),
    "program called pdf": ("wrong_type", b"MZ\x90\x00" * 20, {"name": "giay.pdf"}),
    "gif called jpg": ("wrong_type", b"GIF89a" + b"\0" * 20, {"name": "a.jpg"}),
    "nothing accepted": ("wrong_type", pdf(), {"accept": ["dwg"]}),
    "junk before the pdf": ("wrong_type", b"\n" + pdf(), {}),
    "half a pdf": ("broken", b"%PDF-1.7\n" + b"x" * 100, {}),
    "a pdf without pages": ("broken", pdf(pages=0), {}),
    "a picture cut short": ("broken", picture("JPEG", (400, 400))[:3000], {}),
    "a png cut short": ("broken", picture("PNG", (400, 400))[:3000], {}),
    "only a picture's head": ("broken", b"\xff\xd8\xff\xe0" + b"\0" * 40, {}),
    "too many pixels": ("too_big", huge_png(), {}),
    "locked": ("encrypted", pdf(encryption=pikepdf.Encryption(owner="a", user="b")), {}),
} | {name: ("wrong_type", content, {}) for name, content in polyglots().items()}


@pytest.mark.parametrize(("code", "content", "options"), REFUSALS.values(), ids=list(REFUSALS))
def test_refuses_and_keeps_nothing(code, content, options, mai):
    with pytest.raises(uploads.UploadRefused) as refused:
        send(mai, content, **options)

    assert refused.value.code == code
    assert Document.objects.count() == 0


def test_a_picture_cut_short_is_seen_where_weasyprint_is_loaded_too(mai, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with pytest.raises(uploads.UploadRefused) as refused:
        send(mai, picture("JPEG", (400, 400))[:3000])
    assert refused.value.code == "broken"
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_person_has_so_much_room(mai, settings):
    settings.UPLOAD_MAX_PERSON = len(pdf()) + 10
    send(mai, pdf())

    with pytest.raises(uploads.UploadRefused) as refused:
        send(mai, pdf())
    assert refused.value.code == "person_full"


def test_the_house_limit_holds_whatever_the_field_allows(mai, settings):
    settings.UPLOAD_MAX_FILE = 100

    with pytest.raises(uploads.UploadRefused) as refused:
        send(mai, pdf(), max_bytes=10**9)
    assert refused.value.code == "too_big"


def test_a_full_disk_is_told_and_keeps_nothing(mai, monkeypatch):
    def full(self, name, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)

    with pytest.raises(uploads.UploadRefused) as refused:
        send(mai, pdf())
    assert refused.value.code == "disk_full"
    assert Document.objects.count() == 0


def test_every_refusal_is_its_own_sentence_in_both_languages():
    parts = {"size": "12 MB", "most": "10 MB", "allowed": "PDF"}
    for language in ("vi", "en"):
        with translation.override(language):
            said = {code: uploads._refused(code, **parts).message for code in CODES}
        assert len(set(said.values())) == len(CODES)
        assert not any("%(" in sentence for sentence in said.values())


CODES = (
    "empty",
    "too_big",
    "dossier_full",
    "person_full",
    "wrong_type",
    "hidden",
    "broken",
    "encrypted",
    "too_many_pixels",
    "disk_full",
)


def test_the_sentence_names_sizes_and_kinds(mai):
    with translation.override("vi"), pytest.raises(uploads.UploadRefused) as refused:
        send(mai, pdf() + b"\0" * 4_300_000, max_bytes=1_000_000)
    assert "4,3\u00a0MB" in refused.value.message

    with translation.override("vi"), pytest.raises(uploads.UploadRefused) as refused:
        send(mai, b"hello")
    assert "PDF, JPG hoặc PNG" in refused.value.message
