"""Working-time arithmetic: when something is due, and day by day why.

Pure: no database, no clock, no settings; `portal.calendars` brings the calendar. Every moment is an
aware datetime; days are those of Vietnam (UTC+7, no summer time). Intervals are half-open: an office
that is open 7:30–11:30 is closed at 11:30:00. The due moment is the end of an interval, so the last
office hour of a Friday ends on Friday at 17:00, not on Monday at 7:30.

The law mixes four units, and they are never converted into each other:

`same_day`       until the office closes on the day of receipt; on the next working day if received
                 after 15:00 or on a day off (NĐ 123/2015, civil status).
`working_hours`  office time from the moment of receipt.
`working_days`   the day of receipt is not counted; until the office closes on the last one.
`days`           calendar days, the day of receipt not counted; until the office closes on the last
                 one, or on the next working day if that is a day off (Civil Code 2015, art. 148).

A pause gives back exactly the time it took, counted in the unit's own kind of time: office time for
the first three (a pause of one and a half working days moves the due moment by one and a half
working days, so it may then fall in the middle of a day), wall-clock time for `days`, of which a
begun day is given back whole. Time that would not have been counted anyway (nights, days off, the
day of receipt of the two day units) is not given back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13), time(17)))
CUTOFF = time(15)  # what comes later is forwarded at the start of the next working day (NĐ 118/2025)
DAY = timedelta(days=1)
HORIZON = 3660  # days; a calendar without working time would otherwise be searched for ever

Unit = Literal["same_day", "working_hours", "working_days", "days"]
Span = tuple[datetime, datetime]
Pause = tuple[datetime, datetime | None]
DaySpans = Callable[[date], list[Span]]


class NoWorkingTime(ValueError):
    """The calendar has not enough working time within ten years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the offices are open: weekly hours, public holidays (day → name), and days that depart from both.

    `overrides` (day → (is a working day, reason)) wins over holidays and weekends, in both directions.
    """

    hours: tuple[tuple[time, time], ...] = OFFICE_HOURS
    holidays: Mapping[date, str] = field(default_factory=dict)
    overrides: Mapping[date, tuple[bool, str]] = field(default_factory=dict)
    weekdays: frozenset[int] = frozenset(range(5))  # Monday is 0

    def is_working(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day][0]
        return day.weekday() in self.weekdays and day not in self.holidays

    def reason(self, day: date) -> str:
        """The name of the holiday or the reason of the swap; empty for an ordinary day or weekend."""
        if day in self.overrides:
            return self.overrides[day][1]
        return self.holidays.get(day, "")

    def office(self, day: date) -> list[Span]:
        """The intervals at which the offices are open on `day`."""
        if not self.is_working(day):
            return []
        return [(_at(day, opens), _at(day, closes)) for opens, closes in self.hours]

    def working_day(self, day: date) -> date:
        """`day` itself, or the first working day after it."""
        return next(later for later in _days_from(day) if self.is_working(later))

    def close(self, day: date) -> datetime:
        """When the offices close on `day`."""
        return _at(day, self.hours[-1][1])


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZONE)


def _days_from(day: date) -> Iterator[date]:
    for offset in range(HORIZON):
        yield day + offset * DAY
    raise NoWorkingTime(f"no working time in the ten years after {day}")


def closed(pauses: Iterable[Pause], now: datetime | None = None) -> list[Span]:
    """Pauses in order, merged where they touch. One that goes on lasts until `now`, or takes no time yet."""
    spans = sorted((begun, ended or max(begun, now or begun)) for begun, ended in pauses)
    merged: list[Span] = []
    for begun, ended in spans:
        if merged and begun <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ended, merged[-1][1]))
        elif begun < ended:
            merged.append((begun, ended))
    return merged


def _without(span: Span, halts: Sequence[Span]) -> Iterator[Span]:
    """What is left of `span` when `halts` (in order, disjoint) are taken out."""
    begun, ended = span
    for halted, resumed in halts:
        if halted >= ended:
            break
        if begun < halted:
            yield begun, halted
        begun = max(begun, resumed)
    if begun < ended:
        yield begun, ended


def _wall(day: date) -> list[Span]:
    """The whole of a calendar day."""
    return [(_at(day, time()), _at(day + DAY, time()))]


def _running(spans: DaySpans, halts: Sequence[Span]) -> DaySpans:
    return lambda day: [part for span in spans(day) for part in _without(span, halts)]


def _between(start: datetime, end: datetime, spans: DaySpans) -> timedelta:
    """How much of `spans` lies in [start, end)."""
    first, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    total = timedelta()
    for offset in range((last - first).days + 1):
        for begun, ended in spans(first + offset * DAY):
            total += max(timedelta(), min(ended, end) - max(begun, start))
    return total


def _advance(start: datetime, budget: timedelta, spans: DaySpans) -> datetime:
    """The earliest moment at which `budget` of `spans` has passed since `start`."""
    for day in _days_from(start.astimezone(ZONE).date()):
        for begun, ended in spans(day):
            left = ended - max(begun, start)
            if left > timedelta() and left >= budget:
                return ended - left + budget
            budget -= max(timedelta(), left)
    raise NoWorkingTime(f"no {budget} of working time after {start}")


def working_hours_between(
    start: datetime, end: datetime, calendar: Calendar, *, pauses: Iterable[Pause] = ()
) -> timedelta:
    """Office time in [start, end) outside `pauses`; an open pause lasts until `end`. Zero if end ≤ start."""
    return _between(start, end, _running(calendar.office, closed(pauses, end)))


def forwarded(received: datetime, calendar: Calendar) -> datetime:
    """When the competent agency gets what was received: at once, or when it opens on the next working day."""
    local = received.astimezone(ZONE)
    if calendar.is_working(local.date()) and local.time() <= CUTOFF:
        return local
    return calendar.office(calendar.working_day(local.date() + DAY))[0][0]


@dataclass(frozen=True, slots=True)
class Count:
    """A statutory time under way: from `origin`, `budget` of the time that `spans` gives."""

    origin: datetime
    budget: timedelta
    spans: DaySpans

    def ends(self, halts: Sequence[Span]) -> datetime:
        return _advance(self.origin, self.budget, _running(self.spans, halts))


def count(begun: datetime, amount: int, unit: Unit, calendar: Calendar) -> Count:
    """What has to pass after `begun`. Raises ValueError for an unknown unit, or an amount below 1."""
    if (amount < 1) != (unit == "same_day"):
        raise ValueError(f"{amount} {unit}")
    day = begun.astimezone(ZONE).date()
    midnight = _at(day + DAY, time())
    match unit:
        case "same_day":
            last = calendar.close(forwarded(begun, calendar).date())
            return Count(begun, _between(begun, last, calendar.office), calendar.office)
        case "working_hours":
            return Count(begun, timedelta(hours=amount), calendar.office)
        case "working_days":
            for _i in range(amount):
                day = calendar.working_day(day + DAY)
            return Count(midnight, _between(midnight, calendar.close(day), calendar.office), calendar.office)
        case "days":
            return Count(midnight, amount * DAY, _wall)
    raise ValueError(f"unknown unit {unit}")


def due(
    start: datetime,
    amount: int,
    unit: Unit,
    calendar: Calendar,
    *,
    cutoff_shifts: bool = False,
    pauses: Iterable[Pause] = (),
) -> datetime:
    """When a dossier received at `start` is due, in UTC.

    `amount` of `unit` (0 of `same_day`); with `cutoff_shifts` the time starts only when the dossier is
    `forwarded`. `pauses` as (from, until or None); one that has not ended takes no time yet, so the answer is
    then the earliest possible. Raises ValueError for an unknown unit, NoWorkingTime for an empty calendar.
    """
    begun = forwarded(start, calendar) if cutoff_shifts else start
    moment = count(begun, amount, unit, calendar).ends(closed(pauses)).astimezone(ZONE)
    if unit == "days":
        moment = calendar.close(calendar.working_day(last_day(moment)))
    return moment.astimezone(UTC)


def last_day(moment: datetime) -> date:
    """The day on which a time that ends at `moment` ends: midnight still belongs to the day before."""
    return (moment.astimezone(ZONE) - timedelta.resolution).date()


def share_used(
    start: datetime, end: datetime, now: datetime, calendar: Calendar, *, pauses: Iterable[Pause] = ()
) -> float:
    """How much of the office time between receipt and due is used up: 0 to 1, and 1 once it is late."""
    if now >= end:
        return 1.0
    halts = closed(pauses, now)
    whole = working_hours_between(start, end, calendar, pauses=halts)
    return working_hours_between(start, now, calendar, pauses=halts) / whole if whole else 0.0


Kind = Literal["received", "forwarded", "counted", "coming", "paused", "off", "due"]


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the explanation.

    `ordinal` is which of the counted days is completed (day units only; a day partly paused completes one
    when what it adds makes up a whole), `counted` the time of the unit's own kind that counts on this day,
    `reason` why it is off (a holiday's name; empty for a weekend).
    """

    day: date
    kind: Kind
    ordinal: int | None = None
    counted: timedelta = timedelta()
    reason: str = ""


def explain(
    start: datetime,
    amount: int,
    unit: Unit,
    calendar: Calendar,
    *,
    now: datetime,
    cutoff_shifts: bool = False,
    pauses: Iterable[Pause] = (),
) -> list[DayLine]:
    """Every day from the receipt to the due day, as `due` counts them; an open pause lasts until `now`.

    `received` and `due` stand above what else the day is; `forwarded` is the day on which the time starts
    when `cutoff_shifts` moved it. A day with any pause in it is `paused`; today is `counted`.
    """
    begun = forwarded(start, calendar) if cutoff_shifts else start.astimezone(ZONE)
    halts = closed(pauses, now)
    under_way = count(begun, amount, unit, calendar)
    limit = under_way.ends(halts)
    end = (
        due(start, amount, unit, calendar, cutoff_shifts=cutoff_shifts, pauses=halts).astimezone(ZONE).date()
    )
    named: dict[date, Kind] = {
        begun.date(): "forwarded",
        start.astimezone(ZONE).date(): "received",
        end: "due",
    }
    lines, days = [], Fraction()
    for offset in range((end - min(named)).days + 1):
        day = min(named) + offset * DAY
        line = _line(day, under_way, halts, limit, calendar, today=now.astimezone(ZONE).date())
        before, days = days, days + _share(line, under_way)
        whole = int(days) if unit in ("working_days", "days") and int(days) > int(before) else None
        lines.append(replace(line, kind=named.get(day, line.kind), ordinal=whole))
    return lines


def _line(
    day: date, under_way: Count, halts: Sequence[Span], limit: datetime, calendar: Calendar, *, today: date
) -> DayLine:
    midnight, next_midnight = _wall(day)[0]
    since, until = max(midnight, under_way.origin), min(next_midnight, limit)
    whole = _between(since, until, under_way.spans)
    counted = _between(since, until, _running(under_way.spans, halts))
    if not whole:
        return DayLine(day, "off", reason=calendar.reason(day))
    if counted < whole:
        return DayLine(day, "paused", counted=counted, reason=calendar.reason(day))
    return DayLine(day, "counted" if day <= today else "coming", None, counted, calendar.reason(day))


def _share(line: DayLine, under_way: Count) -> Fraction:
    """How much of a whole day the counted time of `line` is."""
    whole = sum((ended - begun for begun, ended in under_way.spans(line.day)), timedelta())
    return (
        Fraction(line.counted // timedelta.resolution, whole // timedelta.resolution) if whole else Fraction()
    )


def weeks(lines: Sequence[DayLine]) -> list[list[DayLine | date]]:
    """The lines as weeks from Monday to Sunday; days before the first and after the last are bare dates."""
    first, last = lines[0].day, lines[-1].day
    known = {line.day: line for line in lines}
    monday = first - first.weekday() * DAY
    days = [monday + offset * DAY for offset in range((last - monday).days // 7 * 7 + 7)]
    return [[known.get(day, day) for day in days[at : at + 7]] for at in range(0, len(days), 7)]
