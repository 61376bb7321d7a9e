"""Texts of papers that administrators write: what they may do, and that nothing else can be done with them."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from portal.accounts.models import Agency
from portal.documents import markup, sheets, styling

QR = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def faults(source):
    with pytest.raises(sheets.BadSheet) as refused:
        sheets.read(source)
    return [(problem.line, problem.text) for problem in refused.value.problems]


def test_shows_values_and_chooses_and_repeats():
    text = (
        '<p class="row">{{ claims.child.name|given|upper }}</p>'
        "{% if claims.note %}<p>x</p>{% else %}<p>-</p>{% endif %}"
        "{% for row in claims.rows %}<li>{{ forloop.counter }}. {{ row.what }}</li>{% endfor %}"
        "{% with day=claims.day %}{{ day|short_date }}{% endwith %}{% firstof claims.note claims.child.name %}"
    )
    claims = {
        "child": {"name": "An"},
        "note": None,
        "rows": [{"what": "a"}, {"what": "b"}],
        "day": "2026-11-12",
    }

    written = sheets.read(text).write({"claims": claims})

    assert written == '<p class="row">AN</p><p>-</p><li>1. a</li><li>2. b</li>12/11/2026An'


def test_values_are_escaped_whatever_they_say_of_themselves():
    sheet = sheets.read("<p>{{ a }}{{ b }}</p>")

    written = sheet.write({"a": "<script>x</script>", "b": mark_safe("<b onclick=x>")})

    assert written == "<p>&lt;script&gt;x&lt;/script&gt;&lt;b onclick=x&gt;</p>"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("{% load i18n %}", 1, "{% load %}"),
        ("a\n\n{% include 'pdf/head.html' %}", 3, "{% include %}"),
        ("{% extends 'base.html' %}", 1, "{% extends %}"),
        ("{% ssi '/etc/passwd' %}", 1, "{% ssi %}"),
        ("{% debug %}", 1, "{% debug %}"),
        ("{% url 'home' %}", 1, "{% url %}"),
        ("{% now 'Y' %}", 1, "{% now %}"),
        ("{% autoescape off %}x{% endautoescape %}", 1, "{% autoescape %}"),
        ("{% csrf_token %}", 1, "{% csrf_token %}"),
        ("\n{{ a|safe }}", 2, "“safe”"),
        ("{{ a|join:a }}", 1, "“join”"),
        ("{{ a|ljust:100000000 }}", 1, "“ljust”"),
        ("{{ a.__class__ }}", 1, "__class__"),
        ("{{ _secret }}", 1, "_secret"),
        ("x\n{% if a %}\ny", 2, "{% endif %}"),
        ("x\n{% endfor %}", 2, "{% endfor %}"),
        ("{% for a b %}{% endfor %}", 1, "cannot be read"),
        ("{{ a b }}", 1, "cannot be read"),
        ("<p>\n<script>alert(1)</script>", 2, "<script>"),
        ("<style>p{}</style>", 1, "<style>"),
        ("<iframe src='x'></iframe>", 1, "<iframe>"),
        ("<object data='file:///etc/passwd'></object>", 1, "<object>"),
        ("<link rel=attachment href='file:///etc/passwd'>", 1, "<link>"),
        ("<a href='https://example.org'>x</a>", 1, "<a>"),
        ("<svg><image href='http://127.0.0.1/'/></svg>", 1, "<svg>"),
        ("<input>", 1, "<input>"),
        ("<p onclick='x'>x</p>", 1, "onclick"),
        ("<img src='http://127.0.0.1/x.png'>", 1, "elsewhere"),
        ("<img src='file:///etc/hostname'>", 1, "elsewhere"),
        ("<img src='data:image/svg+xml;base64,PHN2Zz4='>", 1, "elsewhere"),
        ("<img src='{{ qr }}x'>", 1, "src"),
        ("<p style='background-image: url(file:///etc/passwd)'>x</p>", 1, "background-image"),
        ("<p style='content: url(http://127.0.0.1/)'>x</p>", 1, "url()"),
        ("<p style='width: {{ claims.x }}mm'>x</p>", 1, "style"),
        ("<p id='{{ claims.x }}'>x</p>", 1, "id"),
        ("<table><tr><td colspan='100000'>x</table>", 1, "colspan"),
        ("<p>x</p>\n</div>", 2, "</div>"),
        ("<!DOCTYPE html>", 1, "!DOCTYPE"),
        ("<?php x ?>", 1, "?php"),
    ],
)
def test_everything_else_is_refused_with_its_line(source, line, said):
    found = faults(source)

    assert found[0][0] == line
    assert said in found[0][1]


def test_refusals_speak_the_language_in_use():
    with translation.override("vi"):
        assert faults("{% load x %}") != []


@pytest.mark.parametrize(
    "source",
    [
        "{{ agency.name }}",
        "{{ text.upper }}",
        "{{ text.format }}",
        "{{ day.today }}",
        "{{ claims.items }}",
        "{{ claims.keys.0 }}",
        "{{ rows.append }}",
        "{{ settings.SECRET_KEY }}",
        "{{ request.user }}",
        "{% for key, value in claims.items %}{{ key }}{% endfor %}",
        "{% with x=day.today %}{{ x }}{% endwith %}",
        "{% if day.today %}yes{% endif %}",
    ],
)
def test_nothing_is_reached_through_a_value(source):
    values = {"text": "abc", "day": dt.date(2026, 11, 12), "claims": {"a": 1}, "rows": [1], "agency": "UBND"}

    assert sheets.read(source).write(values) == ""


@pytest.mark.parametrize(
    "stranger", [Agency(name="x"), len, object(), {"a": {"b": Agency(name="x")}}, [print]]
)
def test_objects_never_get_in(stranger):
    with pytest.raises(TypeError):
        sheets.read("x").write({"a": stranger})


def test_loops_inside_loops_come_to_an_end():
    source = "".join(f"{{% for {name} in l %}}" for name in "abcd") + "x" + "{% endfor %}" * 4

    with pytest.raises(sheets.BadSheet, match="repeats more than"):
        sheets.read(source).write({"l": list(range(1000))})


def test_a_text_prints_no_more_than_it_may():
    source = "{% for a in l %}" + "x" * 1000 + "{{ a }}{% endfor %}"

    with pytest.raises(sheets.BadSheet, match="prints more than"):
        sheets.read(source).write({"l": ["y" * 1000] * 1000})
    assert faults("x" * (sheets.MAX_SOURCE + 1))[0][0] == 0


def test_elements_inside_each_other_come_to_an_end():
    assert "inside each other" in faults("<div>" * 100)[0][1]


def test_a_filter_over_the_wrong_value_is_told_with_its_line():
    with pytest.raises(sheets.BadSheet) as refused:
        sheets.read("x\n{{ a|short_date }}").write({"a": "no date"})

    assert refused.value.problems[0].line == 2


def test_what_is_printed_is_written_anew():
    """The renderer's parser cannot find what ours did not."""
    clean, found = markup.clean("<p>a<!--><script>x</script>--><b>c</p>")

    assert "script" not in clean
    assert found
    assert markup.clean("a & b < c")[0] == "a &amp; b &lt; c"
    assert sheets.read("<p{% if a %} class='x'{% endif %}>y").write({"a": 1}) == '<p class="x">y</p>'
    assert QR in sheets.read('<img alt="QR" src="{{ qr }}">').write({"qr": QR})
    with pytest.raises(sheets.BadSheet):
        sheets.read('<img alt="QR" src="{{ qr }}">').write({"qr": "file:///etc/passwd"})


def test_names_are_told_with_their_lines_through_with_and_for():
    source = (
        "{{ a.b }}\n{% with c=claims.child %}{{ c.name }}{% endwith %}\n"
        "{% for r in claims.rows %}{{ r.what }}{% endfor %}{% if x %}{% endif %}"
    )

    found = [
        (mention.line, ".".join(mention.path), mention.always) for mention in sheets.read(source).mentions()
    ]

    assert found == [
        (1, "a.b", True),
        (2, "claims.child", False),
        (2, "claims.child.name", True),
        (3, "claims.rows", False),
        (3, "claims.rows.[].what", False),
        (3, "x", False),
    ]


@pytest.mark.parametrize(
    ("css", "line", "said"),
    [
        ("@import 'http://127.0.0.1/x.css';", 1, "@import"),
        ("p{}\n@font-face { src: url(file:///etc/passwd) }", 2, "@font-face"),
        ("@page { size: 10000mm }", 1, "@page"),
        ("p { background: url(http://127.0.0.1) }", 1, "background"),
        ("p { content: url(file:///etc/passwd) }", 1, "url"),
        ("p { list-style: square url(x) }", 1, "url"),
        ("p { font-family: x }", 1, "font-family"),
        ("\n\np { --a: var(--b) var(--b) }", 3, "--a"),
        ("p { width: var(--a) }", 1, "var()"),
        ("p { content: attr(href) }", 1, "attr()"),
        ("p { content: element(x) }", 1, "element()"),
        ("p { position: running(x) }", 1, "running()"),
        ("p { height: 1e9mm }", 1, "1e9mm"),
        ("p { margin-top: -99999px }", 1, "-99999px"),
        (".draft { display: none !important }", 1, "!important"),
        ("p { anchor: attr(id) }", 1, "anchor"),
        ("p { color: red; } }", 1, "cannot be read"),
        ("p { color red }", 1, "cannot be read"),
        ("p { p { background: url(x) } }", 1, "cannot be read"),
    ],
)
def test_styles_beyond_the_list_are_refused_with_their_line(css, line, said):
    found = styling.problems(css)

    assert found[0].line == line
    assert said in found[0].text


def test_styles_that_set_text_pass():
    css = "h1, .a > b { color: #123; font-size: 12pt; margin: 0 auto; width: calc(100% - 2mm); break-before: page }"

    assert styling.problems(css) == []
