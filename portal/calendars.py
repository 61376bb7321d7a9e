"""The offices' calendar: public holidays as the law has them, and the days the city has decided otherwise.

Read once per process and kept; a change of a CalendarDay is seen at once by the process that made it and
within a minute by the others.
"""

from __future__ import annotations

from datetime import date
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import get_language

from portal.accounts.models import CalendarDay
from portal.worktime import Calendar

TTL = 60.0  # seconds
YEARS_BACK, YEARS_AHEAD = 3, 5

_kept: tuple[float, Calendar] | None = None
_public: dict[int, tuple[dict[date, str], dict[date, tuple[bool, str]]]] = {}


def current() -> Calendar:
    """The calendar for computing due times. One query on a miss, none otherwise."""
    global _kept  # noqa: PLW0603 - one value per process is the point
    kept = _kept
    if kept is None or monotonic() - kept[0] > TTL:
        kept = _kept = (monotonic(), load(date.today().year))
    return kept[1]


def forget(**_signal: Any) -> None:
    """Read the calendar again at the next need, and once more when the change is committed.

    Between the two another thread may have read what was there before.
    """
    _drop()
    transaction.on_commit(_drop)


def _drop() -> None:
    global _kept  # noqa: PLW0603
    _kept = None


def load(year: int) -> Calendar:
    """The calendar of the years around `year`, with the city's own days on top of the public ones."""
    if year not in _public:
        _public[year] = _public_days(range(year - YEARS_BACK, year + YEARS_AHEAD + 1))
    holidays, swaps = _public[year]
    own = {row.day: (row.is_working, row.reason) for row in CalendarDay.objects.all()}
    return Calendar(holidays=holidays, overrides=swaps | own)


def _public_days(years: range) -> tuple[dict[date, str], dict[date, tuple[bool, str]]]:
    """Public holidays (24/11 from 2026 among them), and the weekends that are worked in exchange."""
    # Half a second and 10 MB that only a process which computes due times has to pay.
    import holidays  # noqa: PLC0415

    vietnamese = holidays.country_holidays("VN", years=years, language="vi")
    english = holidays.country_holidays("VN", years=years, language="en_US")
    named = {day: _in_two_languages(name, english.get(day) or name) for day, name in vietnamese.items()}
    worked = dict.fromkeys(vietnamese.weekend_workdays, (True, ""))
    return named, worked


def _one_of(vi: str, en: str) -> str:
    return en if get_language() == "en" else vi


_in_two_languages = lazy(_one_of, str)
