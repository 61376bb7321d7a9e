"""The one door to WeasyPrint: from a template under `templates/pdf/` to a tagged PDF/A-3a file.

Equal input gives equal bytes (no clock, no random id), so that a paper may be made again and compared.
Nothing outside the document is ever read: the renderer's fetcher knows our four font faces, PNG images
inside the page and the pictures given with it, and refuses every other address, files of this machine included.

Conformance to PDF/A rests on WeasyPrint and on our own checks (`tests/portal/documents/test_render_pdfa.py`);
no certified validator has looked at it.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import html
import io
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.template import loader
from django.utils import translation

from portal.documents import fonts

VARIANT = "pdf/a-3a"
ROOT = Path(__file__).parents[2]
STYLESHEET = ROOT / "templates" / "pdf/paper.css"
FAMILY = "Motcua Serif"  # as paper.css names it: no font of the system is called so
FONT_URL = "motcua-font:{style}"
PICTURE_URL = "motcua-picture:{number}"  # from 1
# Attachments must carry a date; the clock's would make every rendering differ.
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
# Any of the eight masks is valid; trying all of them for the prettiest takes longer than drawing the page.
QR_MASK = 3
RENDITION = "rendition"  # the id of what follows a paper in English, on pages of its own


class UnprintableCharacters(Exception):
    """The text holds characters that the papers' font lacks; PDF/A forbids to print holes for them."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = tuple(characters)
        named = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in self.characters)
        super().__init__(f"The font of the papers cannot print {named}.")


class ForbiddenResource(Exception):
    """The page asked for something that is not inside it: a file, a network address."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels inside the PDF as its data (AFRelationship=Data)."""

    name: str
    content: bytes
    mime: str
    description: str


def pdf(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    title: str,
    attachments: Sequence[Attachment] = (),
    pictures: Sequence[bytes] = (),
    substitute: str = "",
    css: str = "",
    at: datetime | None = None,
) -> bytes:
    """Render `template` ("pdf/results/….html") in `language` ("vi", "en") to the bytes of a PDF/A-3a file.

    The template gets `language` and `title` besides `context`. `at`, an aware datetime, becomes the file's
    date of creation; without it the file bears none. Characters outside the font are replaced by
    `substitute`, for forms that repeat what people typed; without one they raise UnprintableCharacters.
    `css`: rules after the house's own, of a paper that brings some (`styling` has looked at them).
    `pictures`: JPEG files that the page names as PICTURE_URL; they go into the paper as they are.
    Raises ForbiddenResource, fonts.FontMissing. Safe to call from any thread; one page at a time is drawn.
    """
    text = page(template, context, language=language, title=title, substitute=substitute, at=at)
    with _drawing():
        return _draw(text, css, attachments, pictures, at or NO_DATE)


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper drawn for trial; `content` is b"" when it has more pages than it may."""

    content: bytes
    pages: int
    outside: tuple[str, ...]  # words that lie beyond the edge of the sheet


def proof(text: str, css: str, *, most: int) -> Proof:
    """Draw what `page` made, and look at the sheets. Raises ForbiddenResource."""
    import weasyprint  # noqa: PLC0415 - as in `_draw`
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    with _drawing():
        html, options = _set(text, css)
        try:
            document = html.render(**options)
        except FatalURLFetchingError as error:
            raise ForbiddenResource(str(error)) from None
        outside = tuple(word for page in document.pages for word in _outside(page._page_box))
        if len(document.pages) > most:
            return Proof(b"", len(document.pages), outside)
        finisher = functools.partial(_finish, attachments=())
        content = document.write_pdf(
            finisher=finisher, **{**weasyprint.DEFAULT_OPTIONS, "pdf_variant": VARIANT}
        )
        return Proof(content, len(document.pages), outside)


def _outside(sheet: Any) -> Iterator[str]:
    """What is printed where there is no paper."""
    width, height = sheet.margin_width(), sheet.margin_height()
    for box in sheet.descendants():
        text = getattr(box, "text", "").strip()
        right, bottom = box.position_x + (box.width or 0), box.position_y + (box.height or 0)
        if text and (box.position_x < -1 or box.position_y < -1 or right > width + 1 or bottom > height + 1):
            yield text[:60]


def page(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    title: str,
    substitute: str = "",
    at: datetime | None = None,
) -> str:
    """The HTML that `pdf` draws. Raises UnprintableCharacters, fonts.FontMissing."""
    with translation.override(language):
        text = loader.render_to_string(
            template, {**context, "language": language, "title": title, "made_at": at}
        )
    return _printable(text, substitute)


@functools.lru_cache(maxsize=256)  # a dossier's forms and its drafts carry the same
def qr(data: str) -> str:
    """A QR code of `data` (error correction M) as a data: URI of a black and white PNG, no margin."""
    import segno  # noqa: PLC0415 - only who prints needs it

    code = segno.make_qr(data, error="m", mask=QR_MASK, boost_error=False)
    return str(code.png_data_uri(scale=6, border=0))


def qr_svg(data: str) -> bytes:
    """The same code as a file for a page of the site: one that a browser keeps, and asks for when it is in sight."""
    import segno  # noqa: PLC0415 - as above

    out = io.BytesIO()
    code = segno.make_qr(data, error="m", mask=QR_MASK, boost_error=False)
    code.save(out, kind="svg", border=0, omitsize=True, xmldecl=False)
    return out.getvalue()


def warm_up() -> None:
    """Load the renderer, fonts and style sheet now (about half a second), not at a worker's first paper."""
    with _drawing():
        _press()


_one_at_a_time = threading.RLock()


@contextlib.contextmanager
def _drawing() -> Iterator[None]:
    """Keep all other threads away from the font map: one that two of them use at once corrupts memory.

    The garbage collector too stays away: another thread would run the finalizers of the last paper's
    Pango objects in the midst of this one. (Without it a page also takes some 5 % less time.)
    """
    with _one_at_a_time:
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collecting:
                gc.enable()


def _printable(written: str, substitute: str) -> str:
    """`written` in NFC, without invisible characters, all of it within the font."""
    text = fonts.plain(written)
    if missing := fonts.unprintable(html.unescape(text)):
        if not substitute:
            raise UnprintableCharacters(missing)
        text = text.translate({ord(char): substitute for char in missing})
    return text


@dataclass(frozen=True, slots=True)
class _Press:
    """What one process needs to draw any number of papers. Reused: it is 30 of a new one's 80 ms."""

    font_config: Any
    stylesheet: Any
    fetcher: Any


@functools.cache
def _press() -> _Press:
    """Made at the first paper. Let go at exit, while its folder of fonts can still be removed."""
    import weasyprint  # noqa: PLC0415 - 0.4 s and 60 MB that web processes do without
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    fetcher, font_config = _fetcher(), FontConfiguration()
    atexit.register(_press.cache_clear)
    css = _font_faces() + STYLESHEET.read_text(encoding="utf-8")
    return _Press(
        font_config, weasyprint.CSS(string=css, font_config=font_config, url_fetcher=fetcher), fetcher
    )


def _font_faces() -> str:
    rule = '@font-face{{font-family:"{name}";src:url("{url}");font-weight:{weight};font-style:{slant}}}\n'
    return "".join(
        rule.format(
            name=FAMILY,
            url=FONT_URL.format(style=style),
            weight="bold" if "bold" in style else "normal",
            slant="italic" if "italic" in style else "normal",
        )
        for style in fonts.STYLES
    )


def _fetcher(pictures: Sequence[bytes] = ()) -> Any:
    from weasyprint import urls  # noqa: PLC0415 - as above

    faces = {FONT_URL.format(style=style): content for style, content in fonts.faces().files.items()}
    given = {PICTURE_URL.format(number=number): jpeg for number, jpeg in enumerate(pictures, 1)}

    class Inside(urls.URLFetcher):  # type: ignore[misc]
        """Serves what is inside: our font faces, PNG images in the page, and the pictures given with it."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in faces:
                return urls.URLFetcherResponse(url, faces[url], {"Content-Type": "font/ttf"})
            if url in given:
                return urls.URLFetcherResponse(url, given[url], {"Content-Type": "image/jpeg"})
            if url.startswith("data:image/png;base64,"):
                return super().fetch(url, headers)
            raise ForbiddenResource(url[:200])

    return Inside(fail_on_errors=True)


@functools.lru_cache(maxsize=64)  # one for each version that brings its own
def _stylesheet(css: str) -> Any:
    """Parsed once. Only while `_drawing`."""
    import weasyprint  # noqa: PLC0415 - as above

    press = _press()
    return weasyprint.CSS(string=css, font_config=press.font_config, url_fetcher=press.fetcher)


def _set(text: str, css: str, pictures: Sequence[bytes] = ()) -> tuple[Any, dict[str, Any]]:
    """The paper before it is laid out, and how it is to be drawn. Only while `_drawing`."""
    import weasyprint  # noqa: PLC0415 - as above

    press = _press()
    html = weasyprint.HTML(string=text, url_fetcher=_fetcher(pictures) if pictures else press.fetcher)
    sheets = [press.stylesheet, *([_stylesheet(css)] if css else [])]
    return html, {"stylesheets": sheets, "font_config": press.font_config, "pdf_variant": VARIANT}


def _draw(
    text: str, css: str, attachments: Sequence[Attachment], pictures: Sequence[bytes], dated: datetime
) -> bytes:
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - as above

    html, options = _set(text, css, pictures)
    try:
        content: bytes = html.write_pdf(
            attachments=[_attachment(attachment, dated) for attachment in attachments],
            finisher=functools.partial(_finish, attachments=attachments),
            **options,
        )
    except FatalURLFetchingError as error:  # a BaseException: it must not leave this door
        raise ForbiddenResource(str(error)) from None
    return content


def _attachment(attachment: Attachment, dated: datetime) -> Any:
    import weasyprint  # noqa: PLC0415 - as above

    moment = dated.astimezone(UTC)  # WeasyPrint writes the digits and a "Z"
    return weasyprint.Attachment(
        file_obj=io.BytesIO(attachment.content),
        name=attachment.name,
        description=attachment.description,
        created=moment,
        modified=moment,
        relationship="Data",
    )


def _finish(document: Any, file: Any, *, attachments: Sequence[Attachment]) -> None:
    """Set right what WeasyPrint 70 does not: see the four below."""
    _speak_english(document, file)
    for item in file.objects:
        if type(item).__module__ == "weasyprint.pdf.stream":
            item.stream = [_true_tabs(part) for part in item.stream]
    if attachments:
        # Each attachment is listed twice in /AF.
        file.catalog["AF"][:] = list(dict.fromkeys(file.catalog["AF"]))
        _set_types(file, attachments)


def _speak_english(document: Any, file: Any) -> None:
    """The language of an element is not written into the structure: readers would speak a rendition as Vietnamese."""
    begun = [number for number, page in enumerate(document.pages) if RENDITION in page.anchors]
    if not begun:
        return
    import pydyf  # noqa: PLC0415 - comes with the renderer

    pages = set(file.page_references[begun[0] :])
    for item in file.objects:
        if isinstance(item, dict) and item.get("Type") == "/StructElem" and item.get("Pg") in pages:
            item["Lang"] = pydyf.String("en")


def _true_tabs(part: Any) -> Any:
    """The way of a tab is written in 1/1024 em where PDF wants 1/1000: columns would not stand in line.

    Such a way is the only number with a fraction among the glyphs; kerning is cut to whole numbers.
    """
    if not isinstance(part, bytes) or not part.endswith(b"TJ"):
        return part
    return re.sub(rb">(-\d+\.\d+)<", lambda way: b">%.2f<" % (float(way[1]) * 1000 / 1024), part)


def _set_types(file: Any, attachments: Sequence[Attachment]) -> None:
    """The types of attachments are guessed by their names."""
    specs = [item for item in file.objects if isinstance(item, dict) and item.get("Type") == "/Filespec"]
    for spec, attachment in zip(specs, attachments, strict=True):
        stream = file.objects[int(spec["EF"]["F"].split()[0])]
        stream.extra["Subtype"] = "/" + attachment.mime.replace("/", "#2f")
