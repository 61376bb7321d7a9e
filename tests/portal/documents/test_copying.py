"""Scans made into pictures: every page, the right way up, and nothing else of the file that came."""

import io

import pikepdf
import pytest
from PIL import Image

from portal.documents import copying

MARK = b"app.alert('gotcha')"


def pdf(*sizes, change=None, **saving):
    document, out = pikepdf.new(), io.BytesIO()
    for size in sizes:
        document.add_blank_page(page_size=size)
    if change:
        change(document)
    document.save(out, **saving)
    return out.getvalue()


def armed(document):
    """With a script, a file inside, a link and a form."""
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(MARK.decode()))
    document.Root.OpenAction = script
    document.attachments["virus.exe"] = b"MZ" + MARK
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        Rect=[0, 0, 100, 100],
        A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://gotcha.example")),
    )
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([document.make_indirect(link)]))
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=pikepdf.Stream(document, MARK))


def photo(size, kind="JPEG", mode="RGB", **saving):
    out = io.BytesIO()
    Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0)).save(out, kind, **saving)
    return out.getvalue()


def pixels(page):
    return Image.open(io.BytesIO(page.jpeg)).size


def test_every_page_becomes_a_picture_no_larger_than_a4(settings):
    content = copying.apart(pdf((595, 842), (842, 595), (5000, 5000)))

    pages = copying.pages(content)
    assert [page.wide for page in pages] == [False, True, False]
    assert max(max(pixels(page)) for page in pages) <= copying.LONG + 1
    assert max(min(pixels(page)) for page in pages) <= copying.SHORT + 1
    assert copying.MAX_BYTES < settings.UPLOAD_MAX_FILE


def test_the_same_scan_gives_the_same_bytes():
    scan = pdf((595, 842), (842, 595))

    assert copying.apart(scan) == copying.apart(scan)


def test_nothing_of_the_file_goes_on_but_its_picture():
    with pikepdf.open(io.BytesIO(copying.apart(pdf((595, 842), change=armed)))) as document:
        kinds = {str(item.get("/Type")) for item in document.objects if isinstance(item, pikepdf.Dictionary)}
        assert set(document.Root.keys()) == {"/Type", "/Pages"}
        assert set(document.pages[0].keys()) <= {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
        assert kinds <= {"/Catalog", "/Pages", "/Page", "None"}
        assert not document.attachments


@pytest.mark.parametrize(
    ("content", "wide"),
    [
        (photo((300, 200)), True),
        (photo((200, 300), "PNG"), False),
        (photo((200, 300), "PNG", "L"), False),
        (photo((4000, 3000), "PNG", "P"), True),
    ],
)
def test_a_photo_is_one_page(content, wide):
    (page,) = copying.pages(copying.apart(content))

    assert page.wide == wide


def test_a_photo_taken_with_the_camera_turned_stands_upright():
    turned = Image.Exif()
    turned[0x0112] = 6

    (page,) = copying.pages(copying.apart(photo((300, 200), exif=turned)))

    assert pixels(page) == (200, 300)


def test_what_can_be_seen_through_lies_on_white_paper():
    (page,) = copying.pages(copying.apart(photo((20, 20), "PNG", "RGBA")))

    assert Image.open(io.BytesIO(page.jpeg)).getpixel((10, 10)) == (255, 255, 255)


def test_more_pages_than_a_copy_may_have_are_told_apart_from_what_is_broken():
    with pytest.raises(copying.TooManyPages):
        copying.apart(pdf(*[(200, 200)] * (copying.MAX_PAGES + 1)))
    with pytest.raises(copying.NotCopied) as broken:
        copying.apart(b"%PDF-1.7\nnothing")
    assert not isinstance(broken.value, copying.TooManyPages)


def test_pictures_heavier_than_a_paper_may_be_are_refused(monkeypatch):
    monkeypatch.setattr(copying, "MAX_BYTES", 1000)

    with pytest.raises(copying.NotCopied, match="bytes"):
        copying.apart(pdf((595, 842)))


def test_one_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(copying, "WALL_SECONDS", 0.01)

    with pytest.raises(copying.NotCopied, match="slow"):
        copying.apart(pdf((595, 842)))


@pytest.mark.parametrize("other", [pdf((595, 842)), photo((20, 20)), b""])
def test_only_what_was_copied_here_has_pages(other):
    with pytest.raises(ValueError, match="no scan"):
        copying.pages(other)
