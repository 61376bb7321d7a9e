"""What the renderer refuses: reading anything outside the page, and printing letters it has no shape for."""

import unicodedata

import pytest
from django.template import engines

from portal.documents import fonts, render
from tests.portal.documents import papers

TEMPLATE = "pdf/results/birth_certificate.html"
FORM = "pdf/forms/filing.html"
PAGE = '<html lang="vi"><title>x</title>{}</html>'


def named(name):
    context = papers.birth()
    context["claims"]["child"]["full_name"] = name
    return context


def draw(name, **more):
    return render.pdf(TEMPLATE, named(name), language="vi", title="Thử", **more)


@pytest.fixture
def page(monkeypatch):
    """Draw a page of this very markup."""

    def draw_page(body):
        template = engines["django"].from_string(
            "{% autoescape off %}" + PAGE.format(body) + "{% endautoescape %}"
        )
        monkeypatch.setattr(render.loader, "render_to_string", lambda *_: template.render({}))
        return render.pdf("any", {}, language="vi", title="x")

    render.warm_up()
    return draw_page


@pytest.mark.parametrize(
    "body",
    [
        '<img src="file:///etc/hostname">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="https://example.com/x.png">',
        '<img src="ftp://127.0.0.1/x.png">',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<style>@import "http://127.0.0.1:9/x.css";</style>',
        '<style>@font-face{font-family:a;src:url("file:///usr/share/fonts/x.ttf")}</style>',
        '<style>body{background:url("file:///etc/hostname")}</style>',
        '<object data="file:///etc/hostname"></object>',
    ],
)
def test_nothing_outside_the_page_is_read(page, body):
    with pytest.raises(render.ForbiddenResource):
        page(body)


def test_a_page_drawn_after_a_refusal_is_whole(page):
    whole = page("<p>Giấy</p>")
    with pytest.raises(render.ForbiddenResource):
        page('<img src="file:///etc/hostname">')
    assert page("<p>Giấy</p>") == whole


@pytest.mark.parametrize("name", ["Nguyễn Thị 😀", "阮氏 Mẫu", "𠊛 Mẫu", "Mẫu \x01", "ไทย"])
def test_letters_without_a_shape_are_refused_and_named(name):
    with pytest.raises(render.UnprintableCharacters) as refused:
        draw(name)
    assert set(refused.value.characters) == {
        char for char in name if ord(char) > 0x2FF or char == "\x01"
    } - set("ễị ẫ")
    assert f"U+{ord(refused.value.characters[0]):04X}" in str(refused.value)


def test_an_escaped_letter_is_no_way_round():
    context = named("Mẫu")
    context["qr"] = "data:image/png;base64,&#128512;"
    with pytest.raises(render.UnprintableCharacters):
        render.pdf(TEMPLATE, context, language="vi", title="&#x1F600;😀")


def test_a_form_repeats_what_was_typed_with_a_box_for_what_it_cannot_show():
    context = papers.form()
    context["applicant"]["full_name"] = "Nguyễn Thị 😀 Mẫu"
    boxed = render.pdf(FORM, context, language="vi", title="Thử", substitute="□")
    context["applicant"]["full_name"] = "Nguyễn Thị □ Mẫu"
    assert boxed == render.pdf(FORM, context, language="vi", title="Thử")


@pytest.mark.parametrize(
    "name", ["H'Kroong Ƀlă Ê̆ban Ksơ̆r", "Łukasz Škvorecký", "Ñuñez Ødegård", "Алексей", "№ 5 – “½ m²” ≥ 3 €"]
)
def test_names_of_all_peoples_here_print(name):
    assert fonts.unprintable(name) == []
    draw(name)


def test_decomposed_letters_print_as_composed_ones():
    name = "Nguyễn Thị Mẫu"
    assert draw(unicodedata.normalize("NFD", name)) == draw(name)


@pytest.mark.parametrize("invisible", ["\u200b", "\u202e", "\ufeff", "\u00ad", "\u2066"])
def test_invisible_characters_are_left_out(invisible):
    assert draw(f"Nguyễn {invisible}Thị Mẫu") == draw("Nguyễn Thị Mẫu")
