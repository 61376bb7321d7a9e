"""How the site says money, sizes and moments, in the reader's language. Pure: no query, no request.

Every function takes plain values and gives plain text; units keep to their number with a
non-breaking space. The order of words is the translator's: the English patterns below are
translated as whole sentences with named parts.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy

WEEKDAYS = (
    pgettext_lazy("weekday", "Monday"),
    pgettext_lazy("weekday", "Tuesday"),
    pgettext_lazy("weekday", "Wednesday"),
    pgettext_lazy("weekday", "Thursday"),
    pgettext_lazy("weekday", "Friday"),
    pgettext_lazy("weekday", "Saturday"),
    pgettext_lazy("weekday", "Sunday"),
)


def fold(text: str) -> str:
    """For search and order: lower case, without accents, đ as d."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def text(words: Any) -> str:
    """The reader's side of a `{"vi": …, "en": …}` map, Vietnamese where the other is missing."""
    if isinstance(words, Mapping):
        return str(words.get(get_language() or "vi") or words.get("vi") or "")
    return "" if words is None else str(words)


def money(amount: int) -> str:
    """`16.000 đ`; nothing to pay is said in words. `amount` in đồng."""
    if not amount:
        return gettext("Free of charge")
    return dong(amount)


def dong(amount: int) -> str:
    """`16.000 đ`, `0 đ`: a sum of the books, where nothing is a number like others."""
    return f"{count(amount)}\u00a0đ"


def count(number: int) -> str:
    """`1.846`, `1,846`: Django's own Vietnamese format groups no digits."""
    return f"{number:,}" if get_language() == "en" else f"{number:,}".replace(",", ".")


def called(full_name: str) -> str:
    """The last two words of a full name: how a Vietnamese name is shortened."""
    return " ".join(full_name.split()[-2:])


def filesize(size: int) -> str:
    """`4,3 MB` from bytes: at most one decimal, kilobytes in whole."""
    if size < 1000:
        return f"{size}\u00a0B"
    if size < 1_000_000:
        return f"{round(size / 1000)}\u00a0KB"
    tenths = round(size / 100_000)
    return f"{number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0)}\u00a0MB"


def dmy(value: date | None) -> str:
    """`18/11/2026`, `18 November 2026`."""
    if value is None:
        return ""
    return pgettext("date", "{d} {month} {yyyy}").format(**_parts(_local(value)))


def day(value: date | None) -> str:
    """`thứ Năm, 19/11`; the year is said only when it is another than this one."""
    if value is None:
        return ""
    parts = _parts(_local(value))
    if parts["yyyy"] == f"{timezone.localdate().year}":
        return pgettext("day", "{weekday} {d} {month}").format(**parts)
    return pgettext("day", "{weekday} {d} {month} {yyyy}").format(**parts)


def clock(value: datetime | None) -> str:
    """`14:05`, `2:05 pm`."""
    if value is None:
        return ""
    return pgettext("clock", "{h12}:{mm} {ampm}").format(**_parts(_local(value)))


def when(value: datetime | None) -> str:
    """`17 giờ thứ Năm, 19/11` for an aware datetime; odd minutes are said: `14:05, thứ Ba, 17/11`."""
    if value is None:
        return ""
    parts = _parts(_local(value)) | {"day": day(value)}
    if parts["mm"] == "00":
        return pgettext("when", "{h12} {ampm}, {day}").format(**parts)
    return pgettext("when", "{h12}:{mm} {ampm}, {day}").format(**parts)


def moment(value: datetime | None) -> str:
    """`9:41 hôm nay`, `14:05 ngày 17/11`: when something was done."""
    if value is None:
        return ""
    local, today = _local(value), timezone.localdate()
    if local.date() == today:
        return gettext("{time} today").format(time=clock(value))
    if local.year == today.year:
        return gettext("{time} on {d} {month}").format(time=clock(value), **_parts(local))
    return gettext("{time} on {d} {month} {yyyy}").format(time=clock(value), **_parts(local))


def until(due: datetime, now: datetime) -> str:
    """The deadline in a few words: `Quá hạn 2 ngày`, `Hôm nay, 17 giờ`, `thứ Sáu, 27/11`."""
    if due < now:
        return _overdue(due, now)
    local, today = _local(due), timezone.localdate(now)
    if local.date() != today:
        return day(due)
    parts = _parts(local)
    if parts["mm"] == "00":
        return gettext("Today, {h12} {ampm}").format(**parts)
    return gettext("Today, {h12}:{mm} {ampm}").format(**parts)


def _overdue(due: datetime, now: datetime) -> str:
    days = (timezone.localdate(now) - timezone.localdate(due)).days
    if days:
        return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}
    hours = int((now - due).total_seconds() // 3600)
    if hours:
        return ngettext("%(n)s hour late", "%(n)s hours late", hours) % {"n": hours}
    return gettext("Just overdue")


def _local(value: date) -> datetime:
    """A wall-clock time in Vietnam; a bare date becomes its midnight."""
    if isinstance(value, datetime):
        return timezone.localtime(value) if timezone.is_aware(value) else value
    return datetime(value.year, value.month, value.day)


def _parts(value: datetime) -> dict[str, str]:
    return {
        "h": f"{value.hour}",
        "h12": f"{value.hour % 12 or 12}",
        "mm": f"{value.minute:02}",
        "ampm": "am" if value.hour < 12 else "pm",
        "weekday": str(WEEKDAYS[value.weekday()]),
        "d": f"{value.day}",
        "dd": f"{value.day:02}",
        "m": f"{value.month}",
        "m2": f"{value.month:02}",
        "month": str(MONTHS[value.month]),
        "yyyy": f"{value.year}",
    }
