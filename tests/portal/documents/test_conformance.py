"""Every model of the house in both sizes and ways before our own judge of PDF/A-3a and PDF/UA; and that it judges."""

import io

import pikepdf
import pytest

from portal.documents import render
from tests.portal.documents import conformance, papers

RESULTS = [name for name in papers.CASES if "/results/" in name]
SHEETS = ["", "a5", "wide", "a5 wide"]
DATA = render.Attachment("du-lieu.json", b'{"a":1}', "application/json", "Dữ liệu")
WIDTHS = {"": 595, "a5": 420, "wide": 842, "a5 wide": 595}


def draw(template, sheet, context):
    more = {**context, "sheet": sheet}
    return render.pdf(template, more, language="vi", title="Giấy thử", attachments=[DATA])


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("template", RESULTS)
def test_every_model_in_every_size_passes(template, sheet):
    content = draw(template, sheet, papers.CASES[template]())

    assert conformance.faults(content, title="Giấy thử") == []
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert abs(float(pdf.pages[0].mediabox[2]) - WIDTHS[sheet]) < 1


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("template", RESULTS)
def test_nothing_stands_off_the_paper_however_long(template, sheet):
    context = papers.with_longest(papers.CASES[template]()) | {"sheet": sheet}
    text = render.page(template, context, language="vi", title="x", substitute="□")

    assert render.proof(text, "", most=20).outside == ()


def test_an_english_rendition_says_its_language():
    context = papers.birth() | {"written": "", "english": "", "sheet": ""}
    from django.utils.safestring import mark_safe  # noqa: PLC0415 - for this paper alone

    context |= {
        "written": mark_safe("<h1>Giấy</h1>"),
        "english": mark_safe("<h1>Paper</h1><p>in English</p>"),
    }
    content = draw("pdf/own.html", "", context)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 2
        assert "en" in [str(item.get("/Lang")) for item in conformance.elements(pdf)]


WITH_A_TABLE = "pdf/results/business_certificate.html"


def nameless(pdf):
    """The cells of tables no longer say under which heads they stand."""
    for item in conformance.elements(pdf):
        if item.S == "/TD":
            del item["/A"]


PLANTED = {
    "no language": lambda pdf: pdf.Root.__delitem__("/Lang"),
    "another title": lambda pdf: pdf.docinfo.__setitem__("/Title", "x"),
    "not tagged": lambda pdf: pdf.Root.__delitem__("/MarkInfo"),
    "active": lambda pdf: pdf.Root.__setitem__("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript)),
    "no intent": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
    "mute picture": lambda pdf: [
        item.__delitem__("/Alt") for item in conformance.elements(pdf) if item.S == "/Figure"
    ],
    "no heading": lambda pdf: [
        item.__setitem__("/S", pikepdf.Name.H3) for item in conformance.elements(pdf) if item.S == "/H1"
    ],
    "nameless cells": nameless,
    "bare font": lambda pdf: [
        item.__delitem__("/FontFile2") for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor" and "/FontFile2" in item
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds_what_is_planted(name):
    content = draw(WITH_A_TABLE, "", papers.CASES[WITH_A_TABLE]())
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        PLANTED[name](pdf)
        pdf.save(out)

    assert conformance.faults(out.getvalue(), title="Giấy thử") != []
