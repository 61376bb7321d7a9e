"""A result's own text before publishing: what is wrong stands with its line, and nothing that hangs gets through."""

import copy

import pytest
from django.utils import translation

from portal.documents import pressing, render
from procedures.definitions import code_lists, loading, parts, printing, proofs, runtime, samples, versions
from procedures.definitions.proofs import sheets
from procedures.studio import blocks
from tests import factories
from tests.procedures import world

CODE = "1.001193"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def near(monkeypatch):
    """Papers are drawn in this process; one test below draws them apart."""

    def press(jobs):
        proved = [render.proof(job.text, job.css, most=pressing.MAX_PAGES) for job in jobs]
        return [pressing.Pressed(each.content, each.pages, each.outside) for each in proved]

    monkeypatch.setattr(pressing, "press", press)


@pytest.fixture
def written(in_force, bundled):
    """The birth certificate by a text of its own, changed."""

    def definition(change=lambda text: text, **layout):
        raw = copy.deepcopy(dict(bundled[CODE]))
        text = blocks.copied("birth_certificate", raw["result"]["claims"])
        raw["result"] |= {"template": parts.OWN, "layout": {"html": change(text), **layout}}
        lists = code_lists.of(raw)
        return runtime.of_snapshot(loading.compiled(raw, lists))

    return definition


def told(definition):
    return [(finding.place, finding.text, finding.blocks) for finding in sheets.find(definition)]


def test_a_copied_model_is_in_order(written, near):
    found = told(written(english=blocks.part("english")))

    assert not [text for _place, text, blocks_it in found if blocks_it]
    assert "child.birth_commune" in found[0][1]  # what is only inside is told


FAULTS = {
    "a name that is nobody's": (lambda t: t + "\n{{ clams.child }}", "html", "clams.child"),
    "a claim that is not there": (lambda t: t + "\n{{ claims.child.shoe_size }}", "html", "claims.child.shoe_size"),
    "part of a text": (lambda t: t + "{{ claims.child.full_name.upper }}", "html", "full_name.upper"),
    "no signature": (lambda t: t.replace('id="sign-here"', ""), "html", "stands 0 times"),
    "two signatures": (lambda t: t + '<div id="sign-here"></div>', "html", "stands 2 times"),
    "no number": (lambda t: t.replace("{{ result.number }}", ""), "html", "result.number"),
    "no QR code": (lambda t: t.replace("{{ qr }}", ""), "html", "elsewhere"),
    "broken": (lambda t: t + "\n{% if %}", "html", "Line"),
    "off the paper": (lambda t: t + '<p style="margin-left: 400mm">weit</p>', "html", "beyond the edge"),
    "too many pages": (
        lambda t: t + "{% for i in facts %}" + '<p style="break-before: page">x</p>' * 9 + "{% endfor %}",
        "html",
        "pages",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_refused_in_words(written, near, name):
    change, place, said = FAULTS[name]

    found = told(written(change))

    assert any(where == f"result.layout.{place}" and said in text and stops for where, text, stops in found)


@pytest.mark.parametrize("says", [True, False])
def test_what_a_paper_replaces_is_said_once_in_the_text_or_at_its_foot(written, says):
    definition = written(lambda text: text if says else text.replace(blocks.part("replaces"), ""))
    sample = samples.context(definition, samples.Sample.LONG)

    page = render.page(*printing.made(definition, sample), language="vi", title="x")

    assert page.count("Thay thế Giấy khai sinh số 12344/2026/MAU, ngày 14 tháng 3 năm 2026") == 1
    assert ('data-foot="Thay thế' in page) is not says


def test_a_paper_that_replaces_none_says_nothing_of_it(written):
    definition = written(lambda text: text.replace(blocks.part("replaces"), ""))
    sample = samples.context(definition, samples.Sample.SHORT)

    assert "Thay thế" not in render.page(*printing.made(definition, sample), language="vi", title="x")


def test_style_and_english_are_proved_too(written, near):
    found = told(written(css="p {}\n@import 'x';", english='<p id="sign-here">{{ nobody.x }}</p>'))

    assert ("result.layout.css", "Line 2: “@import” cannot stand in the style of a paper.", True) in found
    assert [place for place, _text, _stops in found].count("result.layout.english") == 2


def test_a_claim_that_is_only_asked_for_is_no_fault(written, near):
    found = told(written(lambda text: text + "{% if claims.child.shoe_size %}x{% endif %}"))

    assert not [text for _place, text, stops in found if stops]
    assert any("shoe_size" in text for _place, text, _stops in found)


def test_what_never_ends_is_stopped(written):
    """Really drawn apart: a thousand pages, each of a table across the page."""
    hungry = "<p>x</p>" * 4000
    css = "p { break-after: page; column-count: 40; height: 400mm }"

    found = told(written(lambda text: text + hungry, css=css))

    assert [stops for _place, _text, stops in found if stops] == [True]


def test_the_task_of_the_result_holds_what_is_found(in_force, near):
    admin = factories.staff("procedure_admin", factories.AgencyFactory(kind="city"))
    draft = versions.draft_of(in_force[CODE].procedure, by=admin, at=world.MONDAY)
    draft.definition["result"] |= {"template": parts.OWN, "layout": {"html": "<p>{{ x }}</p>"}}

    (task,) = [task for task in proofs.tasks(draft) if task.key == "result"]

    assert task.state == proofs.State.OPEN
    assert "Line 1: “x” is not among the values of this paper." in [finding.text for finding in task.findings]
