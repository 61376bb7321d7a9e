"""Dates, numbers and names as they stand on papers."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from portal.accounts.models import Agency
from portal.templatetags import paper

EVENING = datetime(2026, 11, 11, 17, 5, tzinfo=UTC)  # 00:05 of the 12th in Việt Nam


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-01-05", "ngày 05 tháng 01 năm 2026"),
        (date(2026, 3, 12), "ngày 12 tháng 3 năm 2026"),
        (EVENING, "ngày 12 tháng 11 năm 2026"),
        (None, "ngày … tháng … năm …"),
        ("", "ngày … tháng … năm …"),
    ],
)
def test_a_date_has_its_zeros_where_the_decree_wants_them(value, words):
    assert paper.vn_date(value) == words


def test_times_are_those_of_vietnam():
    assert paper.moment(EVENING) == "00 giờ 05 phút, ngày 12 tháng 11 năm 2026"
    assert paper.moment(None) == "…"
    with translation.override("en"):
        assert paper.moment(EVENING) == "00:05, 12\u00a0November\u00a02026"
        assert paper.vn_date(None) == "…"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-12", "Ngày mười hai, tháng mười một, năm hai nghìn không trăm hai mươi sáu"),
        ("1996-03-21", "Ngày hai mươi mốt, tháng ba, năm một nghìn chín trăm chín mươi sáu"),
        ("2005-01-15", "Ngày mười lăm, tháng một, năm hai nghìn không trăm linh năm"),
        ("2000-05-30", "Ngày ba mươi, tháng năm, năm hai nghìn"),
        ("2015-12-10", "Ngày mười, tháng mười hai, năm hai nghìn không trăm mười lăm"),
        ("1900-12-31", "Ngày ba mươi mốt, tháng mười hai, năm một nghìn chín trăm"),
        (None, "…"),
    ],
)
def test_a_date_in_words(day, words):
    assert paper.in_words(day) == words


def test_what_is_missing_is_dots():
    for show in (
        paper.given,
        paper.short_date,
        paper.sex,
        paper.id_groups,
        paper.dong,
        paper.paper_form,
        paper.say,
    ):
        assert show(None) == "…", show
    assert paper.given(0) == 0
    assert paper.code_groups("") == paper.bare_address("") == "…"
    assert paper.lines("") == ["…"]


def test_figures_are_grouped():
    assert paper.dong(16000) == "16.000\u00a0đ"
    assert paper.id_groups("099196000417") == "099\u00a0196\u00a0000\u00a0417"
    assert paper.id_groups("B1234567") == "B1234567"
    assert paper.code_groups("7K4M218CQXZ3") == "7K4M-218C-QXZ3"
    assert paper.bare_address("https://motcua.example.vn/giay-to/") == "motcua.example.vn/giay-to"


def test_words_follow_the_language():
    assert (paper.sex("male"), paper.sex("Nữ")) == ("Nam", "Nữ")
    assert [paper.paper_form(form) for form in ("original", "copy", "electronic")] == [
        "Bản chính",
        "Bản sao",
        "Bản điện tử",
    ]
    label = {"vi": "Lệ phí", "en": "Fee"}
    assert paper.say(label) == "Lệ phí"
    with translation.override("en"):
        assert paper.say(label) == "Fee"
        assert paper.say({"vi": "Lệ phí"}) == "Lệ phí"
    assert paper.say("Lệ phí") == "Lệ phí"


@pytest.mark.parametrize(
    ("name", "superior", "lines"),
    [
        ("UBND phường Mẫu", "UBND thành phố Thử", ["Ủy ban nhân dân", "phường Mẫu"]),
        ("Ủy ban nhân dân xã Mẫu", "", ["Ủy ban nhân dân", "xã Mẫu"]),
        (
            "Công an phường Mẫu",
            "Công an thành phố Thử",
            ["Công an thành phố\u00a0Thử", "Công an phường\u00a0Mẫu"],
        ),
        ("Trung tâm Mẫu", "UBND thành phố Thử", ["Ủy ban nhân dân thành phố\u00a0Thử", "Trung tâm\u00a0Mẫu"]),
        ("Trung tâm Mẫu", "", ["Trung tâm\u00a0Mẫu"]),
    ],
)
def test_the_head_of_a_paper(name, superior, lines):
    assert paper.head_lines(Agency(name=name, superior_name=superior)) == lines


def test_a_position_has_its_lines():
    assert paper.lines("KT. CHỦ TỊCH\n PHÓ CHỦ TỊCH\n") == ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
