"""The template of a result in the studio: begun from a model, written, undone, seen with made-up values."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from portal.documents import pressing, render
from procedures.definitions import parts, printing, samples, sources, validation
from procedures.definitions.models import ProcedureVersion
from procedures.definitions.proofs import sheets as proof
from procedures.studio import blocks, sheet
from tests.procedures.studio.conftest import CODE
from tests.procedures.studio.posting import again, changed

URL = reverse("studio:sheet", args=[CODE])
BEGIN = reverse("studio:sheet_begin", args=[CODE])
PREVIEW = reverse("studio:sheet_preview", args=[CODE])


def result(draft):
    return ProcedureVersion.objects.get(pk=draft.pk).definition["result"]


def save(page, draft, panel, **given):
    answer = page.post(URL, changed(panel(again(draft), ""), **given), headers={"HX-Request": "true"})
    assert answer.status_code == 200


@pytest.fixture
def own(page, draft):
    page.post(BEGIN, {"model": "birth_certificate", "_do": "copy"})
    return draft


@pytest.fixture
def pressed(monkeypatch):
    """Papers that are drawn in this very process: a test of its own draws apart."""
    seen = []

    def press(jobs):
        seen.extend(jobs)
        proofs = [render.proof(job.text, job.css, most=20) for job in jobs]
        return [pressing.Pressed(proof.content, proof.pages, proof.outside) for proof in proofs]

    monkeypatch.setattr(pressing, "press", press)
    return seen


def test_the_page_of_the_result_leads_to_it(page, draft):
    assert URL in page.get(reverse("studio:section", args=[CODE, "result"])).content.decode()


def test_a_model_is_copied_as_one_text(page, own):
    found = result(own)

    assert found["template"] == parts.OWN
    assert "{% extends" not in found["layout"]["html"]
    assert "GIẤY KHAI SINH" in found["layout"]["html"]
    assert found["layout"]["html"].count('id="sign-here"') == 1


def test_beginning_is_undone_like_other_edits(page, own):
    undo = reverse("studio:undo", args=[CODE])
    revision = ProcedureVersion.objects.get(pk=own.pk).revision

    page.post(undo, {"_revision": revision})
    page.post(undo, {"_revision": revision + 1})

    assert result(own)["template"] == "birth_certificate"
    assert "layout" not in result(own)


def test_text_style_and_size_are_saved_as_they_are_typed(page, own):
    html = page.get(URL).content.decode()
    assert "claims.child.full_name" in html

    save(
        page, own, sheet.TextPanel, result__layout__html="  <p>\n{% load x %}\n  ", result__layout__css="p{}"
    )
    save(page, own, sheet.SizePanel, result__layout__size="A5")

    layout = result(own)["layout"]
    assert layout["html"] == "  <p>\n{% load x %}\n  "
    assert (layout["css"], layout["size"]) == ("p{}", "A5")
    assert "{% load x %}" in page.get(URL).content.decode()


def test_back_to_the_model_and_to_the_text_again(page, own):
    text = result(own)["layout"]["html"]

    page.post(BEGIN, {"model": "general", "_do": "house"})
    assert (result(own)["template"], result(own)["layout"]["html"]) == ("general", text)

    page.post(BEGIN, {"_do": "own"})
    assert (result(own)["template"], result(own)["layout"]["html"]) == (parts.OWN, text)


@pytest.mark.parametrize("sample", list(samples.Sample))
def test_the_preview_shows_every_sample(page, own, pressed, sample):
    answer = page.get(PREVIEW, {"mau": sample})

    assert answer.status_code == 200
    assert "DỰ THẢO" in pressed[0].text
    assert ("Công Tằng" in pressed[0].text) == (sample == samples.Sample.LONG)


def test_the_preview_says_what_is_wrong_with_its_line(page, own, pressed):
    save(page, own, sheet.TextPanel, result__layout__html="<p>\n{% load x %}\n")

    answer = page.get(PREVIEW).content.decode()

    assert "2:" in answer
    assert "load" in answer
    assert not pressed


def test_the_preview_of_a_model_needs_no_text(page, draft, pressed):
    assert page.get(PREVIEW).status_code == 200
    assert "GIẤY KHAI SINH" in pressed[0].text


def test_really_drawn(page, own):
    answer = page.get(PREVIEW, {"mau": "long", "pdf": "1"})

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert sheet.pictures(answer.content)[0].startswith("data:image/png;base64,")


@pytest.mark.parametrize("code", ["1.000656", "1.000894", "1.001193", "1.001612", "1.004222", "1.004873",
                                  "1.013225", "2.000635", "2.000815", "3.000333"])  # fmt: skip
def test_a_copy_prints_what_its_model_prints(in_force, bundled, code):
    """Word for word, with every sample: nobody loses by beginning from a copy."""
    model = samples.of_draft(bundled[code])
    text = blocks.copied(model.result.template, model.result.claims)
    changed = dict(bundled[code])
    changed["result"] = {**changed["result"], "template": parts.OWN, "layout": {"html": text}}
    own = samples.of_draft(changed)

    assert [finding for finding in proof._of_texts(own) if finding.blocks] == []
    for sample in samples.Sample:
        assert words(own, sample) == words(model, sample)
    assert validation.validate(sources.read(sources.write(changed))) == []


def words(definition, sample):
    """What stands on the paper, without the marks around it."""
    template, context = printing.made(definition, samples.context(definition, sample))
    page = render.page(template, context, language="vi", title="x", substitute="□")
    return unescape(strip_tags(page[page.index("<body") :].replace("<", " <"))).split()


def test_strangers_and_colleagues_stay_outside(client, draft):
    for url in (URL, PREVIEW):
        assert client.get(url).status_code in (302, 404)
