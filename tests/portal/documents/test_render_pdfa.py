"""Our own checks of what PDF/A-3a and accessibility ask of a file. They are ours: no certified validator has run."""

import re
import subprocess

import pikepdf
import pytest

from portal.documents import render
from tests.portal.documents import papers

DATA = render.Attachment("du-lieu.json", b'{"a":1}', "application/json", "Dữ liệu")


@pytest.fixture(scope="module", params=papers.CASES)
def content(request):
    return render.pdf(
        request.param, papers.CASES[request.param](), language="vi", title="Giấy thử", attachments=[DATA]
    )


@pytest.fixture
def pdf(content, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    with pikepdf.open(path) as opened:
        yield opened


def dictionaries(pdf):
    return [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary | pikepdf.Stream)]


def test_the_metadata_claim_part_3_level_a_and_agree_with_the_file(pdf):
    with pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["dc:title"] == str(pdf.docinfo["/Title"]) == "Giấy thử"
        assert metadata["pdf:Producer"] == str(pdf.docinfo["/Producer"])


def test_colours_are_defined_by_an_output_intent(pdf):
    (intent,) = pdf.Root.OutputIntents
    assert intent.S == "/GTS_PDFA1"
    assert intent.DestOutputProfile.N == 3
    assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"


def test_nothing_is_encrypted_scripted_or_outside(pdf):
    assert not pdf.is_encrypted
    assert "/ID" in pdf.trailer
    forbidden = {"/JS", "/JavaScript", "/Launch", "/URI", "/GoToR", "/OpenAction", "/AA"}
    assert not [key for item in dictionaries(pdf) for key in item if key in forbidden]


def test_no_image_is_interpolated_and_no_stream_is_lzw(pdf):
    images = [item for item in dictionaries(pdf) if item.get("/Subtype") == "/Image"]
    assert images
    assert not any(bool(image.get("/Interpolate", False)) for image in images)
    assert not any("/LZWDecode" in str(item.get("/Filter", "")) for item in dictionaries(pdf))


def test_every_font_is_embedded_subset_and_mapped_to_unicode(content, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    table = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    rows = table.splitlines()[2:]
    assert rows
    for row in rows:
        # emb sub uni
        assert re.search(r"\s+yes\s+yes\s+yes\s+\d+\s+0$", row), row
        assert "Motcua-Serif" in row


def test_the_file_is_tagged_and_says_its_language_and_title(pdf):
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.Lang == "vi"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    tags = [str(item.S) for item in dictionaries(pdf) if item.get("/Type") == "/StructElem"]
    assert {"/Document", "/H1", "/P", "/Figure"} <= set(tags)
    figures = [item for item in dictionaries(pdf) if item.get("/S") == "/Figure"]
    assert all(str(figure.Alt).startswith("Mã QR") for figure in figures)


def test_every_tagged_piece_of_a_page_is_in_the_tree(pdf):
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)[1::2]
    assert len(numbers) == len(pdf.pages)
    for page, mapped in zip(pdf.pages, numbers, strict=True):
        marked = re.findall(rb"/MCID (\d+)", page.Contents.read_bytes())
        assert sorted(map(int, marked)) == list(range(len(mapped)))


def test_words_are_apart_for_those_who_have_the_page_read_to_them(content, tmp_path):
    """A tab alone would leave no space between a label and its value."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    raw = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout
    assert not re.search(r"Nữ(Dân|3\.)|KinhQuốc|tênNguyễn|\dEmail", raw)


def test_qpdf_finds_no_fault(content, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    with pikepdf.open(path) as opened:
        assert opened.check_pdf_syntax() == []
