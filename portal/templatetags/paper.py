"""Words and figures as they stand on papers. Values come as dates, datetimes or ISO strings out of claims.

What is missing prints as "…", the dots of a printed form, never as "None". Words follow the active language;
the law's own forms (NĐ 30/2020) fix the Vietnamese ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()

MISSING = "…"
COMMITTEE = "Ủy ban nhân dân"
NBSP = "\u00a0"
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def _day(value: Any) -> dt.date | None:
    match value:
        case dt.datetime():
            return timezone.localtime(value, timezone.get_default_timezone()).date()
        case dt.date():
            return value
        case str() if value:
            return dt.date.fromisoformat(value[:10])
    return None


@register.filter
def given(value: Any) -> Any:
    """The value, or dots where there is none (0 and False are values)."""
    return MISSING if value is None or value == "" or value == [] else value


@register.filter
def vn_date(value: Any) -> str:
    """ "ngày 05 tháng 01 năm 2026": NĐ 30/2020 wants a zero before days under 10 and before months 1 and 2."""
    day = _day(value)
    if translation.get_language() == "en":
        return f"{day.day}{NBSP}{day:%B}{NBSP}{day.year}" if day else MISSING
    if day is None:
        return f"ngày {MISSING} tháng {MISSING} năm {MISSING}"
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


@register.filter
def short_date(value: Any) -> str:
    """12/11/2026, for dates inside a sentence or a table."""
    day = _day(value)
    return f"{day:%d/%m/%Y}" if day else MISSING


@register.filter
def moment(value: dt.datetime | None) -> str:
    """ "15 giờ 42 phút, ngày 12 tháng 11 năm 2026", in the site's time zone."""
    if value is None:
        return MISSING
    local = timezone.localtime(value, timezone.get_default_timezone())
    if translation.get_language() == "en":
        return f"{local:%H:%M}, {vn_date(local)}"
    return f"{local:%H} giờ {local:%M} phút, {vn_date(local)}"


@register.filter
def in_words(value: Any) -> str:
    """A date in Vietnamese words, as civil status papers repeat it: "Ngày mười hai, tháng mười một, năm …"."""
    day = _day(value)
    if day is None:
        return MISSING
    return f"Ngày {_below_hundred(day.day)}, tháng {_below_hundred(day.month)}, năm {_year(day.year)}"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    special = {0: "", 1: " một" if tens == 1 else " mốt", 5: " lăm"}
    return head + special.get(ones, f" {DIGITS[ones]}")


def _year(year: int) -> str:
    thousands, rest = divmod(year, 1000)
    hundreds, tail = divmod(rest, 100)
    words = f"{DIGITS[thousands]} nghìn"
    if rest:
        words += f" {DIGITS[hundreds]} trăm"
    if tail:
        words += f" linh {DIGITS[tail]}" if tail < 10 else f" {_below_hundred(tail)}"
    return words


@register.filter
def sex(value: str | None) -> str:
    """Nam, Nữ for the claims' codes; another word stays as it is."""
    return {"male": _("Male"), "female": _("Female")}.get(value or "", value or MISSING)


@register.filter
def id_groups(value: str | None) -> str:
    """A personal ID number in groups that the eye can compare: 099 196 000 417."""
    text = value or ""
    if len(text) != 12:
        return text or MISSING
    return NBSP.join(text[start : start + 3] for start in range(0, 12, 3))


@register.filter
def code_groups(value: str | None) -> str:
    """A check code in fours, to be read aloud: 7K4M-218C-QXZ3."""
    text = value or ""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4)) or MISSING


@register.filter
def dong(value: int | None) -> str:
    """16.000 đ, the unit on the same line."""
    return MISSING if value is None else f"{value:,}".replace(",", ".") + f"{NBSP}đ"


@register.filter
def paper_form(value: str | None) -> str:
    """Which copy of a paper was handed in, for the codes of the definitions; another word stays as it is."""
    match value:
        case "original":
            return pgettext("on a paper", "Original")
        case "copy":
            return pgettext("on a paper", "Copy")
        case "electronic":
            return pgettext("on a paper", "Electronic copy")
    return value or MISSING


@register.filter
def lines(value: str | None) -> list[str]:
    """The lines of a position: "KT. CHỦ TỊCH\\nPHÓ CHỦ TỊCH"."""
    return [line.strip() for line in (value or "").splitlines() if line.strip()] or [MISSING]


@register.filter
def unabridged(name: str | None) -> str:
    """An agency's name as papers write it: "UBND phường X" is "Ủy ban nhân dân phường X"."""
    text = name or MISSING
    return f"{COMMITTEE}{text[4:]}" if text.startswith("UBND ") else text


@register.filter
def tied(text: str) -> str:
    """The text with its last two words on one line: "Hà Nội" stays together, and no word of a name stands alone."""
    return NBSP.join(text.rsplit(" ", 1))


@register.filter
def head_lines(agency: Any) -> list[str]:
    """The lines at the head of a paper, the last one in bold: the superior body and the agency itself.

    A people's committee names no superior (NĐ 30/2020); "Ủy ban nhân dân" stands on a line of its own.
    """
    name, superior = (
        agency.get(key) if isinstance(agency, Mapping) else getattr(agency, key)
        for key in ("name", "superior_name")
    )
    own = unabridged(name)
    if own.startswith(f"{COMMITTEE} "):
        return [COMMITTEE, own[len(COMMITTEE) + 1 :]]
    return [tied(unabridged(superior)), tied(own)] if superior else [tied(own)]


@register.filter
def say(text: Any) -> Any:
    """A frozen text {"vi": …, "en": …} in the active language, Vietnamese where it is missing; plain text as it is."""
    if not isinstance(text, Mapping):
        return given(text)
    return text.get(translation.get_language() or "vi") or given(text.get("vi"))


@register.filter
def bare_address(url: str | None) -> str:
    """A web address as one types it: without https:// and the last slash."""
    return (url or "").split("://", 1)[-1].rstrip("/") or MISSING


@register.filter
def w3c_moment(value: dt.datetime) -> str:
    """An aware datetime as the renderer's metadata want it: 2026-11-12T08:42:10Z."""
    return f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
