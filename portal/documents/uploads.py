"""What citizens send: judged by what is inside, never by its name, and refused in a sentence that helps.

A file is opened as what it says it is: PDF by pikepdf, pictures by Pillow. Nothing is stripped or converted:
what was sent is what is kept. A file that is also something else (a ZIP behind a picture, a web page before a
PDF) is refused.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Sum
from django.utils.translation import gettext as _

from portal import words
from portal.accounts.models import Person, User
from portal.documents import copying, recognition, store
from portal.documents.models import Document, DocumentKind

# What a file begins with, what it then is, and how it is called when it is served.
SIGNATURES = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))
CONTENT_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
ALIASES = {"jpeg": "jpg"}
NAMES = {"pdf": "PDF", "jpg": "JPG", "png": "PNG"}
# What a browser or an unpacker would take for its own at the head or tail of another file.
FOREIGN_HEADS = (b"<html", b"<script", b"<!doctype", b"<?php", b"<svg", b"%pdf-", b"mz\x90")
ZIP_END, ZIP_END_SIZE = b"PK\x05\x06", 22
MAX_PIXELS = 100_000_000
MAX_PAGES = 2000
STRICT = threading.Lock()


class UploadRefused(Exception):
    """The file is not taken. `code` for programs, `message` for people, in the reader's language."""

    def __init__(self, message: str, code: str) -> None:
        self.message, self.code = message, code
        super().__init__(code)


def accept(
    file: UploadedFile[Any],
    *,
    accept: Sequence[str],
    max_bytes: int,
    by: User,
    at: datetime,
    dossier_bytes: int = 0,
    owner: Person | None = None,
) -> Document:
    """Check `file` and keep it for `owner` (by default the person of `by`). Raises UploadRefused.

    In order: size limits (of the file, of the dossier that already holds `dossier_bytes`, of the person),
    content against `accept` (pdf, jpg, png), whether it is a paper of ours or of a site that we trust, then the
    store. Nothing of a refused file stays.
    """
    owner = owner or by.person
    _fits(file.size or 0, min(max_bytes, settings.UPLOAD_MAX_FILE), dossier_bytes, owner)
    content = file.read()
    kind = inspect(content, accept=accept)
    try:
        foreign = recognition.look(content, at=at)
    except recognition.NotUsable as refused:
        raise UploadRefused(str(refused), "not_usable") from refused
    document = _kept_file(content, file.name or "", kind, owner=owner, by=by, at=at)
    if foreign:
        recognition.keep(document, foreign, at=at)
    return document


def accept_scan(
    file: UploadedFile[Any], *, accept: Sequence[str], max_bytes: int, by: User, at: datetime
) -> Document:
    """Check a scan whose pages are to be copied, and keep pictures of them instead. Raises UploadRefused.

    What is kept is a PDF that `copying.pages` reads: whoever looks at it sees what the copy will show, and nothing
    active of the file that came. It belongs to nobody's store; it takes as long as drawing its pages does.
    """
    _fits(file.size or 0, min(max_bytes, settings.UPLOAD_MAX_FILE), 0, None)
    content = file.read()
    inspect(content, accept=accept)
    try:
        drawn = copying.apart(content)
    except copying.TooManyPages:
        raise _refused("too_many_pages", most=str(copying.MAX_PAGES)) from None
    except copying.NotCopied:
        raise _refused("not_drawn") from None
    return _kept_file(drawn, f"{PurePath(file.name or '').stem}.pdf", "pdf", owner=None, by=by, at=at)


def _kept_file(
    content: bytes, name: str, kind: str, *, owner: Person | None, by: User, at: datetime
) -> Document:
    try:
        return store.put(
            content,
            name=name,
            content_type=CONTENT_TYPES[kind],
            kind=DocumentKind.UPLOAD,
            owner=owner,
            by=by,
            at=at,
        )
    except store.StoreFull:
        raise _refused("disk_full") from None


def _fits(size: int, max_bytes: int, dossier_bytes: int, owner: Person | None) -> None:
    if not size:
        raise _refused("empty")
    if size > max_bytes:
        raise _refused("too_big", size=words.filesize(size), most=words.filesize(max_bytes))
    if dossier_bytes + size > settings.UPLOAD_MAX_DOSSIER:
        raise _refused("dossier_full", most=words.filesize(settings.UPLOAD_MAX_DOSSIER))
    if owner and _kept(owner) + size > settings.UPLOAD_MAX_PERSON:
        raise _refused("person_full", most=words.filesize(settings.UPLOAD_MAX_PERSON))


def _kept(owner: Person) -> int:
    """Bytes of everything this person has uploaded."""
    mine = Document.objects.filter(owner=owner, kind=DocumentKind.UPLOAD)
    return mine.aggregate(total=Sum("size"))["total"] or 0


def inspect(content: bytes, *, accept: Sequence[str]) -> str:
    """What the bytes are: a key of CONTENT_TYPES that `accept` names. Raises UploadRefused."""
    allowed = [ALIASES.get(ending.lower(), ending.lower()) for ending in accept]
    kind = next((kind for head, kind in SIGNATURES if content.startswith(head)), "")
    if kind not in allowed:
        raise _refused("wrong_type", allowed=_list([NAMES[one] for one in NAMES if one in allowed]))
    if _hides_another(content):
        raise _refused("hidden")
    if kind == "pdf":
        _open_pdf(content)
    else:
        _open_picture(content, kind)
    return kind


def _hides_another(content: bytes) -> bool:
    head = content[1:1024].lower()
    return any(mark in head for mark in FOREIGN_HEADS) or _ends_as_zip(content)


def _ends_as_zip(content: bytes) -> bool:
    """A ZIP's directory that ends exactly where the file ends."""
    at = content.rfind(ZIP_END)
    if at < 0 or at + ZIP_END_SIZE > len(content):
        return False
    comment = int.from_bytes(content[at + 20 : at + ZIP_END_SIZE], "little")
    return at + ZIP_END_SIZE + comment == len(content)


def _open_pdf(content: bytes) -> None:
    import pikepdf  # noqa: PLC0415 - a compiled library that only uploads and signing need

    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
    except pikepdf.PasswordError:
        raise _refused("encrypted") from None
    except (pikepdf.PdfError, ValueError, RecursionError):
        raise _refused("broken") from None
    if not 0 < pages <= MAX_PAGES:
        raise _refused("broken")


def _open_picture(content: bytes, kind: str) -> None:
    """Decode the picture whole: only so a picture that was cut short shows. Raises UploadRefused."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as above

    formats = {"jpg": ["JPEG"], "png": ["PNG"]}
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures before our own limit speaks.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=formats[kind])
        if picture.width * picture.height > MAX_PIXELS:
            raise _refused("too_many_pixels")
        _decode(picture)
    except Image.DecompressionBombError:
        raise _refused("too_many_pixels") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise _refused("broken") from None


def _decode(picture: Any) -> None:
    from PIL import ImageFile  # noqa: PLC0415 - as above

    # A JPEG decoded at an eighth is read to its end all the same, for a fraction of the time and memory.
    picture.draft("RGB", (picture.width // 8, picture.height // 8))
    with STRICT:
        # WeasyPrint, where it is loaded, tells Pillow to be content with pictures that were cut short.
        lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            picture.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _list(names: list[str]) -> str:
    return _(" or ").join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _refused(code: str, **parts: str) -> UploadRefused:
    """The refusal in the reader's language: what is wrong, and what is enough."""
    sentences = {
        "empty": _("This file is empty. Choose another file."),
        "too_big": _("This file has %(size)s; at most %(most)s can be sent. Scan or save it smaller."),
        "dossier_full": _(
            "The files of one dossier may have %(most)s together. Remove or shrink another file."
        ),
        "person_full": _(
            "You have stored %(most)s, the most for one person. Delete drafts no longer needed."
        ),
        "wrong_type": _(
            "This file is not a %(allowed)s file inside, whatever its name says. Send %(allowed)s."
        ),
        "hidden": _("Another file is hidden inside this one. Save or scan it again and send the new file."),
        "broken": _("This file cannot be opened: it is damaged or was cut short. Save or scan it again."),
        "encrypted": _("This PDF is locked with a password. Save a copy without password and send that."),
        "too_many_pixels": _(
            "This picture is too large to open safely. Send it with at most 100 megapixels."
        ),
        "too_many_pages": _("A scan may have %(most)s pages. Scan only the pages of the original."),
        "not_drawn": _(
            "No copy can be drawn of this file: it is damaged, or its pages are too heavy. Scan the original again, "
            "in grey or at a lower resolution."
        ),
        "disk_full": _(
            "Our store is full, so the file was not kept. What you typed is safe; try again later."
        ),
    }
    family = {"hidden": "wrong_type", "too_many_pixels": "too_big"}
    return UploadRefused(sentences[code] % parts, family.get(code, code))
