"""What assistive technology and browsers are told."""

from html.parser import HTMLParser

import pytest
from django.utils import translation

from procedures.eforms import forms
from tests.procedures.eforms.samples import CONTEXT, Shelf, field, form, one, options, sent, step, text

EVERYTHING = one(
    field(
        "a_text",
        hint=text("Gợi ý", "A <hint>"),
        prefill=[{"from": "account", "value": "applicant.full_name"}],
    ),
    field("a_long", "long_text"),
    field("a_number", "integer"),
    field("some_money", "money"),
    field("a_date", "date", prefill=[{"from": "account", "value": "applicant.date_of_birth"}]),
    field("a_time", "time"),
    field("a_choice", "choice", options=options("x", "y")),
    field("a_select", "choice", list="ethnic_groups"),
    field("a_search", "choice", list="nationalities", widget="search"),
    field("some_choices", "choices", options=options("x", "y")),
    field("a_yes_no", "yes_no"),
    field("an_id", "personal_id"),
    field("a_phone", "phone", prefill=[{"from": "account", "value": "applicant.phone"}]),
    field("an_email", "email"),
    field("a_tax_code", "tax_code"),
    field("a_commune", "commune"),
    field("a_file", "file"),
    field("a_group", "group", max=3, fields=[field("inner", "date")]),
)


class Page(HTMLParser):
    """The tags of a page, and whether each was closed."""

    VOID = ("input", "br", "use", "option")

    def __init__(self, html):
        super().__init__()
        self.tags, self.stack = [], []
        self.feed(html)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.stack.pop() == tag

    def all(self, *names):
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.fixture
def bad_page():
    found = sent(EVERYTHING, uploads=Shelf(), a_group__rows="1", an_id="12", a_date__d="40")
    assert found.errors
    return found, Page(str(found))


def inputs(page):
    return [attrs for attrs in page.all("input", "select", "textarea") if attrs.get("type") != "hidden"]


def test_every_input_has_a_label(bad_page):
    _found, page = bad_page
    labelled = {attrs["for"] for attrs in page.all("label")}

    assert {attrs["id"] for attrs in inputs(page)} <= labelled


def test_ids_are_unique(bad_page):
    _found, page = bad_page
    ids = [attrs["id"] for _tag, attrs in page.tags if attrs.get("id")]

    assert len(ids) == len(set(ids))


def test_whatever_describes_exists(bad_page):
    _found, page = bad_page
    ids = {attrs.get("id") for _tag, attrs in page.tags}
    described = {id_ for _tag, attrs in page.tags for id_ in (attrs.get("aria-describedby") or "").split()}

    assert described
    assert described <= ids


def test_every_error_has_an_anchor_on_the_page(bad_page):
    found, page = bad_page
    ids = {attrs.get("id") for _tag, attrs in page.tags}

    assert {entry.id_for_label for entry in found if entry.errors} <= ids


def test_an_error_reads_the_same_at_the_field(bad_page):
    found, _page = bad_page
    html = str(found)

    for messages in found.errors.values():
        assert f"</span>{messages[0]}</span></p>" in html


def test_wrong_inputs_say_so(bad_page):
    _found, page = bad_page
    wrong = {attrs["name"] for attrs in inputs(page) if attrs.get("aria-invalid") == "true"}

    assert {"an_id", "a_date__d", "a_date__m", "a_date__y"} <= wrong


def test_the_browser_judges_nothing_and_no_script_or_style_is_inline(bad_page):
    _found, page = bad_page

    for attrs in inputs(page):
        assert not attrs.keys() & {"required", "pattern", "maxlength", "min", "max"}
    for _tag, attrs in page.tags:
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)


def test_keyboards_and_autofill_are_told(bad_page):
    _found, page = bad_page
    by_name = {attrs["name"]: attrs for attrs in inputs(page)}

    assert by_name["an_id"]["inputmode"] == "numeric"
    assert by_name["a_phone"]["autocomplete"] == "tel"
    assert by_name["an_email"]["inputmode"] == "email"
    assert by_name["an_email"]["autocomplete"] == "off"
    assert by_name["a_text"]["autocomplete"] == "name"
    assert by_name["a_date__y"]["autocomplete"] == "bday-year"
    assert all(
        attrs.get("autocomplete") for attrs in inputs(page) if attrs.get("type") in ("text", "tel", "email")
    )


def test_sets_have_a_legend(bad_page):
    _found, page = bad_page

    assert len(page.all("fieldset")) == len(page.all("legend"))


def test_texts_are_escaped():
    of = one(field("x", hint=text("<i>gợi ý</i>")))

    html = str(sent(of, x='"><script>alert(1)</script>'))

    assert "<script>" not in html
    assert "<i>" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


def test_optional_questions_say_so():
    html = str(forms.step_form(one(field("x", required=False)), "only", answers={}, context=CONTEXT))

    assert '<span class="muted regular">(optional)</span></label>' in html


def test_questions_hang_under_the_answer_that_opens_them():
    of = one(
        field("father", "yes_no"),
        field("father_id", "personal_id", applies="father == true"),
        field("abroad", "yes_no", applies="father == true"),
        field("country", applies="abroad == true"),
        field("last"),
    )

    html = str(forms.step_form(of, "only", answers={"father": True, "abroad": True}, context=CONTEXT))

    father = html.index('class="cond"')
    assert html.index('value="yes" checked') < father < html.index('name="father_id"')
    assert (
        html.index('name="father_id"')
        < html.index('name="country"')
        < html.index('name="father" id="id_father_1"')
    )
    assert html.index('name="father" id="id_father_1"') < html.index('name="last"')
    assert html.count('class="cond"') == 2
    Page(html)


def test_only_answers_that_matter_to_others_ask_for_the_page_again():
    of = one(field("kind", "yes_no"), field("x", applies="kind == true"), field("paper", "file"))

    page = Page(str(forms.step_form(of, "only", answers={}, context=CONTEXT, refresh_url="/again/?a=1&b=2")))
    asking = {attrs["name"]: attrs for attrs in page.all("input") if "hx-post" in attrs}

    assert asking.keys() == {"kind", "paper"}
    assert asking["kind"]["hx-post"] == "/again/?a=1&b=2"
    assert asking["kind"]["hx-target"] == "#step-fields"
    assert asking["paper"]["hx-encoding"] == "multipart/form-data"


def test_a_date_asks_again_when_its_last_box_is_filled():
    of = one(field("born", "date"), field("x", applies="born != null"))

    page = Page(str(forms.step_form(of, "only", answers={}, context=CONTEXT, refresh_url="/again/")))

    assert [attrs["name"] for attrs in page.all("input") if "hx-post" in attrs] == ["born__y"]


def test_without_an_address_nothing_asks_again():
    of = one(field("kind", "yes_no"), field("x", applies="kind == true"))

    assert "hx-" not in str(forms.step_form(of, "only", answers={}, context=CONTEXT))


def test_enter_never_removes_a_row():
    of = one(field("x"), field("rows", "group", fields=[field("y")]))

    buttons = Page(str(forms.step_form(of, "only", answers={}, context=CONTEXT))).all("button")

    assert "name" not in buttons[0]
    assert buttons[0]["tabindex"] == "-1"


def test_locked_values_stand_together_with_their_source():
    of = one(field("name"), field("born", "date"), field("other"))

    html = str(
        forms.step_form(
            of,
            "only",
            answers={"name": "Nguyễn Thị Mẫu", "born": "1996-03-14"},
            context=CONTEXT,
            locked={"name", "born"},
            sources={"name": "From your account", "born": "From your account"},
        )
    )

    assert html.count('class="locked"') == 1
    assert "From your account" in html
    assert "<dd>14/03/1996</dd>" in html


def test_texts_follow_the_language():
    of = form(step("only", field("x")))

    with translation.override("vi"):
        assert "Nhãn x" in str(forms.step_form(of, "only", answers={}, context=CONTEXT))
    assert "Label x" in str(forms.step_form(of, "only", answers={}, context=CONTEXT))
