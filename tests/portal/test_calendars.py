"""The offices' calendar: public holidays, swapped days, and what the city's own table changes."""

from datetime import date

import pytest
from django.utils import translation

from portal import calendars
from tests.factories import CalendarDayFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    calendars.forget()
    yield
    calendars.forget()


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 24), False),  # Ngày Văn hóa Việt Nam, from 2026
        (date(2025, 11, 24), True),
        (date(2026, 2, 16), False),
        (date(2026, 2, 20), False),
        (date(2026, 2, 23), True),
        (date(2026, 4, 27), False),  # Giỗ Tổ fell on a Sunday
        (date(2026, 8, 22), True),  # a Saturday worked for Monday 31/8
        (date(2026, 8, 31), False),
        (date(2026, 11, 21), False),
    ],
)
def test_public_days(day, working):
    assert calendars.load(2026).is_working(day) is working


def test_a_holiday_is_named_in_the_readers_language():
    day, calendar = date(2026, 11, 24), calendars.load(2026)

    with translation.override("vi"):
        assert str(calendar.reason(day)) == "Ngày Văn hóa Việt Nam"
    with translation.override("en"):
        assert str(calendar.reason(day)) == "Vietnam Cultural Day"


def test_the_citys_table_wins_both_ways():
    CalendarDayFactory(day=date(2026, 11, 24), is_working=True, reason="Trực")
    CalendarDayFactory(day=date(2026, 11, 25), reason="Ngày của thành phố")
    calendar = calendars.load(2026)

    assert (calendar.is_working(date(2026, 11, 24)), calendar.is_working(date(2026, 11, 25))) == (True, False)
    assert calendar.reason(date(2026, 11, 25)) == "Ngày của thành phố"


def test_current_is_kept_and_forgotten_with_a_change(django_assert_num_queries):
    first = calendars.current()
    with django_assert_num_queries(0):
        assert calendars.current() is first

    row = CalendarDayFactory(day=date(2026, 11, 25))
    assert calendars.current().is_working(row.day) is False

    row.delete()
    assert calendars.current().is_working(date(2026, 11, 25)) is True


def test_current_reads_again_after_a_minute(monkeypatch):
    first = calendars.current()
    monkeypatch.setattr(calendars, "TTL", 0.0)

    assert calendars.current() is not first
