from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import translation

from portal import words

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # Wednesday, 9:00 in Vietnam
DUE = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)  # Thursday, 17:00 in Vietnam


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=["vi", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


def said(language, vi, en):
    """The expected words, with ordinary spaces where the site puts non-breaking ones."""
    return {"vi": vi, "en": en}[language]


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("amount", "vi", "en"),
    [
        (0, "Không mất tiền", "Free of charge"),
        (8000, "8.000 đ", "8,000 đ"),
        (16_000, "16.000 đ", "16,000 đ"),
        (1_234_567, "1.234.567 đ", "1,234,567 đ"),
    ],
)
def test_money_is_grouped_and_nothing_is_said_in_words(language, amount, vi, en):
    assert plain(words.money(amount)) == said(language, vi, en)


def test_money_keeps_to_its_unit():
    assert words.money(16_000).endswith("\u00a0đ")


@pytest.mark.parametrize(
    ("size", "vi", "en"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1000, "1 KB", "1 KB"),
        (48_600, "49 KB", "49 KB"),
        (4_300_000, "4,3 MB", "4.3 MB"),
        (10_000_000, "10 MB", "10 MB"),
    ],
)
def test_filesize_has_at_most_one_decimal(language, size, vi, en):
    assert plain(words.filesize(size)) == said(language, vi, en)


def test_when_says_hour_weekday_and_date(language):
    assert plain(words.when(DUE)) == said(language, "17 giờ thứ Năm, 19/11", "5 pm, Thursday 19 November")


def test_when_says_odd_minutes(language):
    moment = datetime(2026, 11, 17, 7, 5, tzinfo=UTC)

    assert plain(words.when(moment)) == said(language, "14:05, thứ Ba, 17/11", "2:05 pm, Tuesday 17 November")


def test_when_says_the_year_when_it_is_another(language):
    moment = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)

    assert plain(words.when(moment)) == said(
        language, "17 giờ thứ Hai, 4/1/2027", "5 pm, Monday 4 January 2027"
    )


@pytest.mark.parametrize("word", [words.when, words.day, words.dmy, words.clock, words.moment])
def test_nothing_is_said_of_no_moment(word):
    assert word(None) == ""


def test_day_takes_a_bare_date(language):
    assert plain(words.day(date(2026, 11, 22))) == said(language, "Chủ nhật, 22/11", "Sunday 22 November")


def test_day_is_that_of_vietnam():
    with translation.override("vi"):
        assert plain(words.day(datetime(2026, 11, 18, 20, 0, tzinfo=UTC))) == "thứ Năm, 19/11"


def test_dmy_has_two_digits_and_the_year(language):
    assert words.dmy(date(2026, 3, 7)) == said(language, "07/03/2026", "7 March 2026")


@pytest.mark.parametrize(
    ("moment", "vi", "en"),
    [
        (datetime(2026, 11, 18, 2, 41, tzinfo=UTC), "9:41 hôm nay", "9:41 am today"),
        (datetime(2026, 11, 17, 7, 5, tzinfo=UTC), "14:05 ngày 17/11", "2:05 pm on 17 November"),
        (datetime(2025, 12, 31, 7, 5, tzinfo=UTC), "14:05 ngày 31/12/2025", "2:05 pm on 31 December 2025"),
    ],
)
def test_moment_says_when_something_was_done(language, moment, vi, en):
    assert plain(words.moment(moment)) == said(language, vi, en)


@pytest.mark.parametrize(
    ("due", "vi", "en"),
    [
        (datetime(2026, 11, 16, 10, 0, tzinfo=UTC), "Quá hạn 2 ngày", "2 days late"),
        (datetime(2026, 11, 17, 10, 0, tzinfo=UTC), "Quá hạn 1 ngày", "1 day late"),
        (datetime(2026, 11, 18, 0, 30, tzinfo=UTC), "Quá hạn 1 giờ", "1 hour late"),
        (datetime(2026, 11, 18, 1, 59, tzinfo=UTC), "Vừa quá hạn", "Just overdue"),
        (datetime(2026, 11, 18, 10, 0, tzinfo=UTC), "Hôm nay, 17 giờ", "Today, 5 pm"),
        (datetime(2026, 11, 18, 4, 30, tzinfo=UTC), "Hôm nay, 11:30", "Today, 11:30 am"),
        (datetime(2026, 11, 27, 10, 0, tzinfo=UTC), "thứ Sáu, 27/11", "Friday 27 November"),
    ],
)
def test_until_says_the_deadline_in_a_few_words(language, due, vi, en):
    assert plain(words.until(due, NOW)) == said(language, vi, en)


@pytest.mark.parametrize(
    ("given", "vi", "en"),
    [
        ({"vi": "Khai sinh", "en": "Birth"}, "Khai sinh", "Birth"),
        ({"vi": "Khai sinh"}, "Khai sinh", "Khai sinh"),
        ({"vi": "Khai sinh", "en": ""}, "Khai sinh", "Khai sinh"),
        ("as it is", "as it is", "as it is"),
        (None, "", ""),
    ],
)
def test_text_falls_back_to_vietnamese(language, given, vi, en):
    assert words.text(given) == said(language, vi, en)


def test_a_name_is_shortened_to_its_last_two_words():
    assert words.called("Nguyễn Thị Ánh Mẫu") == "Ánh Mẫu"
    assert words.called("Mẫu") == "Mẫu"
