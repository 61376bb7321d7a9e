"""A stranger's scan made into pictures of its pages, and nothing else: no text, font, link, script or file goes on.

The scan is opened in a process of its own with limits on memory and time, an empty environment and no way into the
project (`apart` runs this very file): pdfium draws pages of a PDF, Pillow reads a photo. What comes back is bound to a
PDF of ours, one JPEG a page, which is what an officer looks at, what is kept, and what a certified copy shows.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_PAGES = 50
# Of what comes back: the paper made of it must itself fit through UPLOAD_MAX_FILE, to be checked and used again.
MAX_BYTES = 9_500_000
DPI, QUALITY = 150, 75
LONG, SHORT = 1754, 1240  # the sides of A4 at DPI, in pixels: no page is drawn larger
MEMORY_BYTES = 1_000_000_000
CPU_SECONDS, WALL_SECONDS = 45, 90
TOO_MANY = 3  # what the process ends with for a scan of more pages than MAX_PAGES


class NotCopied(Exception):
    """No pictures can be made of the scan, or they are larger than MAX_BYTES."""


class TooManyPages(NotCopied):
    """It has more than MAX_PAGES."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what `apart` made: its JPEG, and whether it lies across."""

    jpeg: bytes
    wide: bool


def apart(content: bytes) -> bytes:
    """The scan (PDF, JPEG or PNG) as a PDF of pictures. Equal input gives equal bytes. Raises NotCopied."""
    try:
        done = subprocess.run(  # noqa: S603 - this very file, by the interpreter that runs us
            [sys.executable, "-I", __file__],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            cwd=Path(__file__).parent,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotCopied("too slow") from None
    if done.returncode == TOO_MANY:
        raise TooManyPages
    if done.returncode or not 0 < len(done.stdout) <= MAX_BYTES:
        raise NotCopied(f"the drawing ended with {done.returncode} and {len(done.stdout)} bytes")
    return done.stdout


def pages(content: bytes) -> tuple[Page, ...]:
    """The pages of a PDF that `apart` made. Raises ValueError for any other file."""
    import pikepdf  # noqa: PLC0415 - a compiled library that few processes need

    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            return tuple(_page(page.Resources.XObject.P) for page in document.pages)
    except (pikepdf.PdfError, AttributeError, KeyError) as error:
        raise ValueError("no scan that was copied here") from error


def _page(picture: Any) -> Page:
    return Page(picture.read_raw_bytes(), wide=int(picture.Width) > int(picture.Height))


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────


def _main() -> None:
    import resource  # noqa: PLC0415 - only the process limits itself

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    content = sys.stdin.buffer.read()
    drawn = _of_pdf(content) if content.startswith(b"%PDF-") else _of_photo(content)
    sys.stdout.buffer.write(_bound(drawn))


def _of_pdf(content: bytes) -> Iterator[Any]:
    import pypdfium2  # type: ignore[import-untyped] # noqa: PLC0415 - never in the caller's process

    document = pypdfium2.PdfDocument(content)
    if len(document) > MAX_PAGES:
        sys.exit(TOO_MANY)
    for page in document:
        long, short = max(page.get_size()), min(page.get_size())
        yield page.render(scale=min(LONG / long, SHORT / short)).to_pil()


def _of_photo(content: bytes) -> Iterator[Any]:
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    photo = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
    photo.draft("RGB", (LONG, LONG))  # a JPEG is decoded no larger than is needed
    upright = ImageOps.exif_transpose(photo)
    if upright.mode not in ("RGB", "RGBA"):
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.thumbnail((LONG, SHORT) if upright.width > upright.height else (SHORT, LONG))
    yield upright


def _bound(drawn: Iterable[Any]) -> bytes:
    import pikepdf  # noqa: PLC0415 - as above

    document, out = pikepdf.new(), io.BytesIO()
    for picture in drawn:
        width, height = picture.size
        size = (round(width * 72 / DPI, 2), round(height * 72 / DPI, 2))
        page = document.add_blank_page(page_size=size)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=_stream(document, picture)))
        page.Contents = pikepdf.Stream(document, f"{size[0]} 0 0 {size[1]} 0 0 cm /P Do".encode())
    document.save(out, deterministic_id=True)
    return out.getvalue()


def _stream(document: Any, picture: Any) -> Any:
    import pikepdf  # noqa: PLC0415 - as above

    jpeg = io.BytesIO()
    _on_white(picture).save(jpeg, "JPEG", quality=QUALITY)
    stream = pikepdf.Stream(document, jpeg.getvalue())
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = picture.size
    stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
    stream.Filter = pikepdf.Name.DCTDecode
    return stream


def _on_white(picture: Any) -> Any:
    """What can be seen through lies on paper."""
    from PIL import Image  # noqa: PLC0415 - as above

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    return paper


if __name__ == "__main__":
    _main()
