"""Every paper, at its usual and its extremes: what is on it, where it is signed, and that it is the same each time."""

import hashlib
import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pikepdf
import pytest

from portal.accounts.models import Agency
from portal.documents import places, render
from tests.portal.documents import papers

RESULTS = [name for name in papers.CASES if "/results/" in name]
FORMS = [name for name in papers.CASES if "/forms/" in name]
EXTREMES = [dict, papers.with_missing, papers.with_longest]
DATA = render.Attachment("du-lieu.json", b'{"a":1}', "application/vnd.example+json", "Dữ liệu trong giấy")


def draw(template, context=None, *, language="vi", **more):
    context = papers.CASES[template]() if context is None else context
    return render.pdf(template, context, language=language, title="Giấy thử nghiệm", **more)


@pytest.fixture
def opened(tmp_path):
    def write(content):
        path = tmp_path / "paper.pdf"
        path.write_bytes(content)
        return path

    return write


def text(path, *options):
    return subprocess.run(
        ["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True
    ).stdout


def marks(pdf):
    names = pdf.Root.get("/Names", {}).get("/Dests", {}).get("/Names", [])
    return [str(name) for name in list(names)[::2]]


@pytest.mark.parametrize("extreme", EXTREMES, ids=["usual", "missing", "longest"])
@pytest.mark.parametrize("template", RESULTS)
def test_a_result_prints_at_every_extreme(template, extreme, opened):
    path = opened(draw(template, extreme(papers.CASES[template]())))
    words = text(path)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
    assert "7K4M-218C-QXZ3" in words
    assert "None" not in words
    with pikepdf.open(path) as pdf:
        assert marks(pdf) == [places.SIGN_ANCHOR]


@pytest.mark.parametrize("extreme", EXTREMES, ids=["usual", "missing", "longest"])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("template", FORMS)
def test_a_form_prints_at_every_extreme_in_both_languages(template, language, extreme, opened):
    path = opened(draw(template, extreme(papers.CASES[template]()), language=language))
    words = text(path)
    assert ("SOCIALIST REPUBLIC OF VIET NAM" in words) is (language == "en")
    assert "None" not in words
    with pikepdf.open(path) as pdf:
        assert marks(pdf) == ([places.SEAL_ANCHOR] if "receipt" in template else [])


@pytest.mark.parametrize("template", papers.CASES)
def test_the_usual_paper_is_one_page(template, opened):
    with pikepdf.open(opened(draw(template))) as pdf:
        assert len(pdf.pages) == 1


def test_the_signature_block_is_never_parted_from_the_signer(opened):
    path = opened(draw(RESULTS[0], papers.with_longest(papers.birth())))
    with pikepdf.open(path) as pdf:
        last = len(pdf.pages)
        mark = pdf.Root.Names.Dests.Names[1]
        assert last > 1
        assert mark[0].objgen == pdf.pages[last - 1].objgen
    assert "Hoàng Minh Ví Dụ" in text(path, "-f", str(last))


def test_columns_stand_in_line(opened):
    """The tabs that `render` sets right: labels of any length, values all at one place."""
    labels = ["Tên", "Quan hệ với người kia", "Thời gian giải quyết còn lại"]
    rows = [{"label": label, "value": f"Giá-trị-{n}"} for n, label in enumerate(labels)]
    path = opened(draw(FORMS[0], papers.form() | {"rows": [{"title": "Thử", "rows": rows}]}))
    lefts = [float(left) for left in re.findall(r'xMin="([\d.]+)"[^>]*>Giá-trị', text(path, "-bbox"))]
    assert len(lefts) == 3
    assert max(lefts) - min(lefts) < 0.2


def test_a_preview_says_that_it_is_a_draft(opened):
    preview, issued = (
        text(opened(draw(RESULTS[0], papers.birth() | {"is_draft": draft})), "-raw")
        for draft in (True, False)
    )
    assert "DỰ THẢO" in preview
    assert "chưa ký số" in preview
    assert "DỰ THẢO" not in issued
    assert "Bản điện tử đã ký số" in issued


def test_the_head_of_a_committee_names_no_superior_and_that_of_the_police_does(opened):
    committee, police = text(opened(draw(RESULTS[0]))), text(opened(draw(RESULTS[-1])))
    assert "ỦY BAN NHÂN DÂN\n" in committee
    assert "THÀNH PHỐ MINH HÀ" not in committee
    assert "CÔNG AN THÀNH PHỐ MINH HÀ" in police


def test_what_people_wrote_is_text_and_not_markup(opened):
    context = papers.form()
    context["applicant"]["full_name"] = "<b>Mẫu</b> & con"
    assert "<b>Mẫu</b> & con" in text(opened(draw(FORMS[0], context)))


def test_the_attachment_comes_back_byte_by_byte(opened):
    with pikepdf.open(opened(draw(RESULTS[0], attachments=[DATA]))) as pdf:
        (spec,) = pdf.attachments.values()
        file = spec.get_file()
        assert (spec.filename, file.read_bytes(), file.mime_type) == (DATA.name, DATA.content, DATA.mime)
        assert spec.description == DATA.description
        assert spec.obj.AFRelationship == "/Data"
        assert [item.objgen for item in pdf.Root.AF] == [spec.obj.objgen]


def test_equal_input_gives_equal_bytes_in_every_process():
    content = draw(RESULTS[0], attachments=[DATA])
    assert draw(RESULTS[0], attachments=[DATA]) == content
    code = (
        "import django, hashlib; django.setup()\n"
        "from tests.portal.documents import test_render as t\n"
        "print(hashlib.sha256(t.draw(t.RESULTS[0], attachments=[t.DATA])).hexdigest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert elsewhere.stdout.strip() == hashlib.sha256(content).hexdigest()


def dates(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        (spec,) = pdf.attachments.values()
        inside = spec.get_file().obj.Params
        return {
            str(value) for value in (*inside.values(), *pdf.docinfo.values()) if str(value).startswith("D:")
        }


def test_the_given_time_is_the_date_of_the_file_and_its_attachments():
    at = datetime(2026, 11, 12, 8, 42, 10, tzinfo=UTC)
    assert dates(draw(RESULTS[0], attachments=[DATA], at=at)) == {"D:20261112084210Z"}
    assert dates(draw(RESULTS[0], attachments=[DATA])) == {"D:20000101000000Z"}


def test_many_threads_may_print_at_once():
    alone = {template: draw(template) for template in papers.CASES}
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(papers.CASES, pool.map(draw, papers.CASES), strict=True))
    assert together == alone


def test_a_qr_code_is_the_same_each_time_and_differs_by_what_it_says():
    first = render.qr(papers.CHECK_URL)
    assert first.startswith("data:image/png;base64,")
    assert first == render.qr(papers.CHECK_URL) != render.qr(papers.DOSSIER_URL)


FACT = {"label": "Nội dung", "values": ("như đã khai",)}
FEE = {"label": "Lệ phí", "quantity": 1, "amount": 1000}


@pytest.mark.parametrize(
    ("template", "name", "line", "end"),
    [
        ("pdf/results/general.html", "facts", FACT, "Nơi nhận:"),
        ("pdf/forms/receipt.html", "fees", FEE, "NGƯỜI NỘP HỒ SƠ"),
    ],
)
def test_two_parts_of_the_text_go_along_with_the_signature(template, name, line, end, opened):
    """However the text grows over the end of a page, nobody signs an empty one."""
    before = []
    for count in range(8, 24, 3):
        path = opened(draw(template, papers.CASES[template]() | {name: [line] * count}))
        with pikepdf.open(path) as pdf:
            pages = len(pdf.pages)
        if pages > 1:
            last = text(path, "-f", str(pages)).partition(end)[0]
            before.append(len([one for one in last.splitlines() if one.strip()]))
    assert before
    assert min(before) >= 2


def test_a_date_is_never_broken_nor_the_last_two_words_of_a_name(opened):
    agency = Agency(
        name="Trung tâm Phục vụ hành chính công phường Văn Miếu - Quốc Tử Giám",
        superior_name="UBND phường Văn Miếu - Quốc Tử Giám, thành phố Hà Nội",
        place_name="Văn Miếu - Quốc Tử Giám",
    )
    words = text(opened(draw("pdf/results/general.html", papers.general() | {"agency": agency})))
    assert "\nngày 12 tháng 11 năm 2026\n" in words
    assert "TỬ\N{NO-BREAK SPACE}GIÁM\n" in words or "TỬ GIÁM\n" in words
