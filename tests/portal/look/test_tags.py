import re
from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, engines
from django.test import RequestFactory
from django.urls import NoReverseMatch
from django.utils import translation

from portal.templatetags import mc
from procedures.dossiers.models import Status

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def vietnamese():
    with translation.override("vi"):
        yield


def render(source, **context):
    template = engines["django"].from_string(source).template
    return template.render(Context(context)).strip()


def test_icon_is_hidden_from_screen_readers():
    assert render('{% icon "lock" "big" %}') == (
        '<svg class="ic big" aria-hidden="true" focusable="false"><use href="/static/mc/icons.svg#lock"/></svg>'
    )


@pytest.mark.parametrize("status", Status)
def test_status_tag_says_the_words_of_the_status(status):
    assert str(mc.STATUSES[status][2]) == str(status.label)
    assert f">{status.label}</span>" in mc.status_tag(status)


def test_each_status_has_a_glyph_of_its_own():
    assert len({glyph for _tone, glyph, _label in mc.STATUSES.values()}) == len(Status)


def test_an_unknown_status_is_an_error():
    with pytest.raises(KeyError):
        mc.status_tag(11)


def test_words_of_a_tag_are_escaped():
    assert "<b>" not in mc.tag("o", "clock", "<b>")


def test_provenance_tells_the_state_from_the_person():
    assert 'class="prov"' in mc.provenance("CSDL quốc gia về dân cư")
    assert 'class="prov me"' in mc.provenance("Ông/bà khai", mine=True)


@pytest.mark.parametrize(
    ("hours", "state", "look"),
    [
        (-1, {}, "red"),
        (10, {}, "amb"),
        (60, {}, ""),
        (-1, {"paused": True}, "off"),
        (-1, {"done": True}, "ok"),
    ],
)
def test_due_has_a_shape_for_each_state(hours, state, look):
    at = NOW + timedelta(hours=hours)

    assert mc.due(at, NOW - timedelta(hours=50), now=NOW, **state)["look"] == look


def test_due_without_a_deadline_says_so():
    assert "Chưa có hạn" in render("{% due None %}")


@pytest.mark.parametrize(("passed", "used"), [(0, 0), (12, 50), (24, 100), (30, 100)])
def test_due_bar_shows_how_much_of_the_time_is_used(passed, used):
    start = NOW - timedelta(hours=passed)

    assert mc.due(start + timedelta(hours=24), start, now=NOW)["used"] == used


def test_due_draws_its_bar_without_a_style_attribute():
    page = render("{% due at start now=now %}", at=NOW + timedelta(9), start=NOW - timedelta(1), now=NOW)

    assert '<rect width="10" height="5"/>' in page
    assert "style=" not in page


class Birth(forms.Form):
    number = forms.CharField(error_messages={"required": "Nhập số định danh"})
    sex = forms.ChoiceField(
        choices=[("f", "Nữ")], widget=forms.RadioSelect, error_messages={"required": "Chọn giới tính"}
    )

    def clean(self):
        raise forms.ValidationError("Hai ngày trái nhau")


def test_error_summary_lists_each_error_with_the_way_to_it():
    page = render("{% error_summary form %}", form=Birth({}))

    assert re.findall(r'<li>(?:<a href="(.*?)">)?(.*?)(?:</a>)?</li>', page) == [
        ("", "Hai ngày trái nhau"),
        ("#id_number", "Nhập số định danh"),
        ("#id_sex", "Chọn giới tính"),
    ]
    assert "Còn 3 chỗ cần sửa" in page


@pytest.mark.parametrize("form", [Birth(), forms.Form({})])
def test_error_summary_of_a_form_without_errors_is_empty(form):
    assert render("{% error_summary form %}", form=form) == ""


def test_crumbs_begin_at_the_home_page():
    page = render('{% crumbs "Thủ tục" "/thu-tuc/" "Khai sinh" "" %}')

    assert re.findall(r"<li>(.*?)</li>", page) == [
        '<a href="/">Trang chủ</a>',
        '<a href="/thu-tuc/">Thủ tục</a>',
        "Khai sinh",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/thu-tuc/", 'href="/thu-tuc/" aria-current="page"'),
        ("/thu-tuc/1.001193/", 'href="/thu-tuc/" aria-current="true"'),
        ("/ho-so/", 'href="/thu-tuc/"'),
    ],
)
def test_link_knows_where_the_reader_is(path, expected):
    assert render('{% link "definitions:list" %}', request=RequestFactory().get(path)) == expected


def test_link_to_nowhere_is_an_error():
    with pytest.raises(NoReverseMatch):
        render('{% link "no:where" %}')


def test_fee_box_never_says_nought():
    lines = [
        {"label": {"vi": "Bản sao"}, "quantity": 2, "unit_amount": 8000, "amount": 16_000},
        {"label": {"vi": "Khai sinh"}, "quantity": 1, "unit_amount": 0, "amount": 0},
    ]

    page = render('{% include "components/fee_box.html" %}', lines=lines, total=16_000).replace("\u00a0", " ")

    assert re.findall(r'<td class="n">(.*?)</td>', page) == ["16.000 đ", "Không mất tiền", "16.000 đ"]
    assert "Bản sao, 2 × 8.000 đ" in page


def test_timeline_marks_what_is_asked_and_what_is_expected():
    events = [
        {"title": "Cấp giấy", "kind": "wait", "when": "Dự kiến 27/11"},
        {"title": "Yêu cầu bổ sung", "kind": "ask", "at": NOW, "link": "/x", "link_text": "Phiếu"},
        {"title": "Đã tiếp nhận", "at": NOW, "by": "Lê Thị Mẫu"},
    ]

    page = render('{% include "components/timeline.html" %}', events=events)

    assert re.findall(r"<li( class=\"\w+\")?><b>", page) == [' class="wait"', ' class="ask"', ""]
    assert '<time datetime="2026-11-18T09:00:00+07:00">' in page


def test_pager_has_no_page_numbers_and_says_where_the_end_is():
    page = render('{% include "components/pager.html" %}', older="?truoc=9")

    assert '<a href="?truoc=9" rel="next">' in page
    assert "Mới nhất" in page
    assert render('{% include "components/pager.html" %}') == ""
