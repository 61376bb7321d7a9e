"""Working time, by examples from the law and against a naive clock that ticks through every half hour."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import worktime
from portal.worktime import Calendar, DayLine, NoWorkingTime, due, explain, weeks, working_hours_between

CULTURE = date(2026, 11, 24)
CALENDAR = Calendar(
    holidays={CULTURE: "Ngày Văn hóa Việt Nam"},
    overrides={date(2026, 12, 5): (True, "Làm bù"), date(2026, 12, 7): (False, "Nghỉ hoán đổi")},
)
TICK = timedelta(minutes=30)
# The ticking clock is slow, and this machine may be busy.
patient = settings(deadline=None, max_examples=60)


def local(day, clock="00:00"):
    """A moment of November (or, from 31 on, December) 2026 on Vietnamese clocks."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 1, hour, minute, tzinfo=worktime.ZONE) + timedelta(days=day - 1)


# ── The acceptance checks of the domain ─────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cutoff_shifts", "expected"), [(False, local(18, "17:00")), (True, local(19, "17:00"))]
)
def test_three_working_days_from_friday_after_three(cutoff_shifts, expected):
    friday = local(13, "15:05")

    assert due(friday, 3, "working_days", CALENDAR, cutoff_shifts=cutoff_shifts) == expected


def test_culture_day_never_counts():
    assert due(local(20, "9:00"), 3, "working_days", CALENDAR) == local(26, "17:00")
    assert due(local(23, "16:00"), 2, "working_hours", CALENDAR) == local(25, "8:30")
    assert due(local(20, "9:00"), 4, "days", CALENDAR) == local(25, "17:00")


# ── Units ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (local(16, "7:00"), local(16, "17:00")),
        (local(16, "15:00"), local(16, "17:00")),
        (local(16, "15:01"), local(17, "17:00")),
        (local(14, "9:00"), local(16, "17:00")),  # a Saturday
        (local(23, "18:00"), local(25, "17:00")),  # the holiday between
    ],
)
def test_same_day(received, expected):
    assert due(received, 0, "same_day", CALENDAR) == expected
    assert due(received, 0, "same_day", CALENDAR, cutoff_shifts=True) == expected


def test_working_hours_end_with_the_office_not_with_the_next_opening():
    assert due(local(16, "7:30"), 8, "working_hours", CALENDAR) == local(16, "17:00")
    assert due(local(16, "11:00"), 1, "working_hours", CALENDAR) == local(16, "13:30")
    assert due(local(16, "11:30"), 1, "working_hours", CALENDAR) == local(16, "14:00")


def test_calendar_days_move_off_a_weekend():
    assert due(local(12, "9:00"), 2, "days", CALENDAR) == local(16, "17:00")
    assert due(local(12, "9:00"), 1, "days", CALENDAR) == local(13, "17:00")


def test_swapped_days_count_both_ways():
    friday = local(34, "9:00")  # 4/12; Saturday 5/12 is worked, Monday 7/12 is off

    assert due(friday, 1, "working_days", CALENDAR) == local(35, "17:00")
    assert due(friday, 2, "working_days", CALENDAR) == local(38, "17:00")


def test_the_answer_is_in_utc():
    assert due(local(16, "9:00"), 1, "working_days", CALENDAR).tzinfo is UTC


@pytest.mark.parametrize(
    ("amount", "unit"), [(0, "days"), (-1, "working_days"), (1, "same_day"), (1, "weeks")]
)
def test_nonsense_is_refused(amount, unit):
    with pytest.raises(ValueError, match=unit):
        due(local(16), amount, unit, CALENDAR)


def test_a_calendar_without_work_is_refused():
    with pytest.raises(NoWorkingTime):
        due(local(16), 1, "working_days", Calendar(weekdays=frozenset()))


# ── Pauses ──────────────────────────────────────────────────────────────────────────────────────
def test_a_pause_gives_back_its_working_time():
    pause = (local(17, "14:05"), local(19, "17:00"))  # 2:55 + 8 + 8 hours

    assert due(local(12, "9:12"), 7, "working_days", CALENDAR, pauses=[pause]) == local(27, "10:25")


def test_a_pause_at_night_gives_nothing_back():
    pause = (local(17, "17:00"), local(18, "7:30"))

    assert due(local(16, "9:00"), 3, "working_days", CALENDAR, pauses=[pause]) == local(19, "17:00")


def test_a_begun_calendar_day_is_given_back_whole():
    pause = (local(17, "9:00"), local(17, "9:05"))

    assert due(local(16, "9:00"), 3, "days", CALENDAR, pauses=[pause]) == local(20, "17:00")


def test_an_open_pause_takes_no_time_yet():
    pause = (local(17, "9:00"), None)

    assert due(local(16, "9:00"), 3, "working_days", CALENDAR, pauses=[pause]) == local(19, "17:00")


def test_overlapping_pauses_count_once():
    pauses = [(local(17, "9:00"), local(17, "11:00")), (local(17, "8:00"), local(17, "10:00"))]

    assert due(local(16, "9:00"), 1, "working_days", CALENDAR, pauses=pauses) == local(18, "10:30")


# ── Against a clock that ticks ──────────────────────────────────────────────────────────────────
def is_open(moment):
    there = moment.astimezone(worktime.ZONE)
    return CALENDAR.is_working(there.date()) and any(a <= there.time() < b for a, b in worktime.OFFICE_HOURS)


def ticks(start):
    while True:
        yield start
        start += TICK


def naive_due(start, amount, unit, cutoff_shifts, pauses):
    """`due` by looking at every half hour, knowing nothing of intervals."""

    def paused(moment):
        return any(a <= moment < b for a, b in pauses)

    def opening_after(moment):
        day = moment.date()
        return next(m for m in ticks(moment) if m.date() > day and is_open(m))

    def end_of(budget, moments):
        for moment in moments:
            budget -= 1
            if budget == 0:
                return moment + TICK
        return None

    late = not CALENDAR.is_working(start.date()) or start.time() > time(15)
    begun = opening_after(start) if cutoff_shifts and late else start
    tomorrow = datetime.combine(begun.date() + timedelta(days=1), time(), worktime.ZONE)
    late = not CALENDAR.is_working(begun.date()) or begun.time() > time(15)
    match unit:
        case "working_hours":
            return end_of(amount * 2, (m for m in ticks(begun) if is_open(m) and not paused(m)))
        case "working_days":
            return end_of(amount * 16, (m for m in ticks(tomorrow) if is_open(m) and not paused(m)))
        case "same_day":
            last = opening_after(begun).date() if late else begun.date()
            stop = datetime.combine(last, time(17), worktime.ZONE)
            budget = sum(is_open(m) for m in ticks_until(begun, stop))
            return end_of(budget, (m for m in ticks(begun) if is_open(m) and not paused(m)))
    last = end_of(amount * 48, (m for m in ticks(tomorrow) if not paused(m))) - TICK
    day = next(m for m in ticks(last) if CALENDAR.is_working(m.date())).date()
    return datetime.combine(day, time(17), worktime.ZONE)


def ticks_until(start, stop):
    for moment in ticks(start):
        if moment >= stop:
            return
        yield moment


moments = st.integers(0, 48 * 40).map(lambda n: local(1) + n * TICK)
pauses = st.lists(
    st.tuples(moments, st.integers(1, 200)).map(lambda p: (p[0], p[0] + p[1] * TICK)), max_size=3
)
terms = st.one_of(
    st.tuples(st.integers(1, 40), st.just("working_hours")),
    st.tuples(st.integers(1, 12), st.sampled_from(["working_days", "days"])),
    st.just((0, "same_day")),
)


@patient
@given(start=moments, term=terms, cutoff_shifts=st.booleans(), halts=pauses)
def test_due_agrees_with_the_ticking_clock(start, term, cutoff_shifts, halts):
    found = due(start, *term, CALENDAR, cutoff_shifts=cutoff_shifts, pauses=halts)

    assert found == naive_due(start, *term, cutoff_shifts, halts)


@patient
@given(start=moments, length=st.integers(-20, 400), halts=pauses)
def test_working_hours_agree_with_the_ticking_clock(start, length, halts):
    end = start + length * TICK
    counted = sum(
        is_open(m) and not any(a <= m < b for a, b in halts)
        for m in (ticks_until(start, end) if end > start else [])
    )

    assert working_hours_between(start, end, CALENDAR, pauses=halts) == counted * TICK


@patient
@given(start=moments, term=terms, cutoff_shifts=st.booleans(), halts=pauses, now=moments)
def test_the_explanation_adds_up(start, term, cutoff_shifts, halts, now):
    amount, unit = term
    lines = explain(start, amount, unit, CALENDAR, now=now, cutoff_shifts=cutoff_shifts, pauses=halts)
    end = due(start, amount, unit, CALENDAR, cutoff_shifts=cutoff_shifts, pauses=halts)

    assert [line.day for line in lines] == [lines[0].day + timedelta(days=n) for n in range(len(lines))]
    assert (lines[0].day, lines[-1].day) == (start.date(), end.astimezone(worktime.ZONE).date())
    assert lines[-1].kind == "due"
    assert [line.kind for line in lines].count("due") == 1
    total = sum((line.counted for line in lines), timedelta())
    if unit == "working_hours":
        assert total == timedelta(hours=amount)
    if unit in ("working_days", "days"):
        assert total == amount * timedelta(hours=8 if unit == "working_days" else 24)
        assert [line.ordinal for line in lines if line.ordinal] == list(range(1, amount + 1))


# ── What people are shown ───────────────────────────────────────────────────────────────────────
def test_the_clock_calendar_of_a_paused_dossier():
    lines = explain(
        local(12, "9:12"),
        7,
        "working_days",
        CALENDAR,
        now=local(19, "17:00"),
        pauses=[(local(17, "14:05"), None)],
    )

    assert [(line.day.day, line.kind, line.ordinal) for line in lines] == [
        (12, "received", None),
        (13, "counted", 1),
        (14, "off", None),
        (15, "off", None),
        (16, "counted", 2),
        (17, "paused", None),
        (18, "paused", None),
        (19, "paused", None),
        (20, "coming", 3),
        (21, "off", None),
        (22, "off", None),
        (23, "coming", 4),
        (24, "off", None),
        (25, "coming", 5),
        (26, "coming", 6),
        (27, "due", 7),
    ]
    assert lines[12].reason == "Ngày Văn hóa Việt Nam"


def test_a_shifted_start_is_shown():
    lines = explain(
        local(13, "15:05"), 1, "working_days", CALENDAR, now=local(13, "16:00"), cutoff_shifts=True
    )

    assert [line.kind for line in lines] == ["received", "off", "off", "forwarded", "due"]


def test_weeks_run_from_monday_to_sunday():
    lines = explain(local(12, "9:12"), 2, "working_days", CALENDAR, now=local(12, "10:00"))

    first, second = weeks(lines)

    assert first[:3] == [date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11)]
    assert first[3:] == lines[:4]
    assert second == [lines[4], *(date(2026, 11, day) for day in range(17, 23))]
    assert isinstance(second[0], DayLine)


@pytest.mark.parametrize(
    ("now", "expected"), [(local(16, "7:30"), 0.0), (local(16, "13:00"), 0.5), (local(16, "17:00"), 1.0)]
)
def test_share_used(now, expected):
    assert worktime.share_used(local(16, "7:30"), local(16, "17:00"), now, CALENDAR) == expected
