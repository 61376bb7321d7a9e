"""What a number, a date or a text has to look like, and the sentence when it does not.

Every function takes what was typed and the question's `label`, returns the canonical form and raises
ValidationError with one sentence that says what is wrong and what is enough.
"""

from __future__ import annotations

import datetime
import re
import unicodedata

import stdnum.exceptions
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from stdnum.vn import mst

# The old 63 provinces: codes inside personal ID numbers never change after mergers (domain of TT 59/2021).
PROVINCES_OF_BIRTH = frozenset(
    f"{code:03}"
    for code in (
        *(1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38),
        *(40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79),
        *(80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96),
    )
)
EARLIEST_YEAR = 1850
_SEPARATORS = str.maketrans("", "", " .-()\u00a0\u202f")
_INVISIBLE = str.maketrans("", "", "\u200b\u2060\ufeff\u00ad")
# Control, unassigned, private and surrogate characters, and marks that reorder what the eye reads.
_UNREADABLE = frozenset({"Cc", "Cn", "Co", "Cs"})
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_GROUPED = re.compile(r"[+-]?\d{1,3}([., \u00a0\u202f]\d{3})+\Z", re.ASCII)
_PLAIN = re.compile(r"[+-]?\d+\Z", re.ASCII)
_CURRENCY = re.compile(r"\s*(đồng|đ|vnđ|vnd|₫)\.?\Z", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})\s*(?:[:hg.]|giờ)\s*(\d{1,2})?\s*(?:phút|p)?\Z", re.IGNORECASE | re.ASCII)


def clean_text(text: str, label: str, *, max_length: int, multiline: bool = False) -> str:
    """NFC, without invisible characters, each run of white space one space (lines kept if `multiline`)."""
    text = unicodedata.normalize("NFC", text[: max_length * 20 + 1000]).translate(_INVISIBLE)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    _refuse_unreadable(text, label)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    text = ("\n" if multiline else " ").join(lines if multiline else filter(None, lines)).strip()
    if len(text) > max_length:
        message = _("%(label)s has %(count)s characters; at most %(limit)s fit")
        raise wrong(message, label, count=len(text), limit=max_length)
    return text


def _refuse_unreadable(text: str, label: str) -> None:
    for letter in text:
        if " " <= letter < "\x7f" or letter == "\n":
            continue
        if unicodedata.category(letter) in _UNREADABLE or letter in _REORDERING:
            message = _(
                "%(label)s contains a character that cannot be read (U+%(code)s); delete it and type it again"
            )
            raise wrong(message, label, code=f"{ord(letter):04X}")


def personal_id(text: str, label: str) -> str:
    """The 12 digits of a personal ID number (số định danh). It has no check digit."""
    digits = _digits(text, label)
    if len(digits) < 12:
        raise wrong(_("%(label)s has only %(count)s digits; it needs 12"), label, count=len(digits))
    if len(digits) > 12:
        raise wrong(_("%(label)s has %(count)s digits; it needs only 12"), label, count=len(digits))
    if digits[3] > "3":
        raise wrong(
            _("The fourth digit of %(name)s is %(found)s; it can be 0, 1, 2 or 3"), label, found=digits[3]
        )
    return digits


def born(number: str) -> tuple[str, int]:
    """("male" | "female", year of birth) that a personal ID number carries in its 4th to 6th digit."""
    century, sex = divmod(int(number[3]), 2)
    return ("female" if sex else "male"), 1900 + 100 * century + int(number[4:6])


def personal_id_warnings(number: str, label: str, *, sex: object, date_of_birth: object) -> list[str]:
    """What in the number does not agree with the rest. Old cards have such mistakes: it warns, never stops."""
    said_sex, said_year = born(number)
    found = []
    if number[:3] not in PROVINCES_OF_BIRTH:
        found.append(_("%(label)s begins with %(found)s, which is not the code of a province. Check it."))
    if sex in ("male", "female") and sex != said_sex:
        found.append(_("%(label)s belongs to another sex than the one given. Check both."))
    if isinstance(date_of_birth, str) and date_of_birth[:4] != str(said_year):
        found.append(
            _("%(label)s belongs to somebody born in %(year)s. Check the number and the date of birth.")
        )
    return [message % {"label": label, "found": number[:3], "year": said_year} for message in found]


def phone(text: str, label: str) -> str:
    """A Vietnamese number, "0912345678": mobile 10 digits, landline 11 beginning with 02."""
    digits = _digits("0" + text.strip()[3:] if text.strip().startswith("+84") else text, label)
    if digits[:2] == "02":
        needed = 11
    elif digits[:1] == "0" and digits[1:2] in set("35789"):
        needed = 10
    else:
        raise wrong(
            _("%(label)s must begin with 03, 05, 07, 08 or 09 for a mobile, with 02 for a landline"), label
        )
    if len(digits) != needed:
        raise wrong(
            _("%(label)s has %(count)s digits; it needs %(needed)s"), label, count=len(digits), needed=needed
        )
    return digits


def email(text: str, label: str) -> str:
    address = clean_text(text, label, max_length=254).replace(" ", "")
    try:
        validate_email(address)
    except ValidationError as error:
        raise wrong(_("%(label)s must be written like ten@example.vn"), label) from error
    return address


def tax_code(text: str, label: str) -> str:
    """A tax code (MST): 10 digits, "-001" for a branch, or a personal ID number since 1 July 2025."""
    digits = _digits(text, label)
    if len(digits) == 12:
        return personal_id(digits, label)
    try:
        return str(mst.format(mst.validate(digits)))
    except stdnum.exceptions.InvalidLength as error:
        message = _(
            "%(label)s has %(count)s digits; it needs 10, 13 for a branch, or 12 of a personal ID number"
        )
        raise wrong(message, label, count=len(digits)) from error
    except stdnum.exceptions.ValidationError as error:
        raise wrong(_("The digits of %(name)s do not fit together. Check each of them"), label) from error


def integer(text: str, label: str) -> int:
    """ "16000", "16.000", "16 000": groups of three may be set apart."""
    text = unicodedata.normalize("NFC", text[:200]).strip()
    if not (_PLAIN.match(text) or _GROUPED.match(text)):
        raise wrong(_("%(label)s must be a whole number in digits, such as 12"), label)
    digits = re.sub(r"[^\d+-]", "", text)
    if len(digits) > 15:
        raise wrong(_("%(label)s has %(count)s digits; at most 15 fit"), label, count=len(digits))
    return int(digits)


def money(text: str, label: str) -> int:
    """Whole đồng: "16.000", "16.000 đ", "16,000 VND"."""
    text = _CURRENCY.sub("", unicodedata.normalize("NFC", text[:200]).strip())
    if not (_PLAIN.match(text) or _GROUPED.match(text)):
        raise wrong(_("%(label)s must be whole đồng in digits, such as 16.000"), label)
    return integer(text, label)


def time(text: str, label: str) -> str:
    """ "8:30", "8h30", "8 giờ" → "08:30"."""
    match = _TIME.match(unicodedata.normalize("NFC", text[:40]).strip())
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 99)
    if hour > 23 or minute > 59:
        raise wrong(_("%(label)s must be an hour and minutes from 0:00 to 23:59, such as 8:30"), label)
    return f"{hour:02}:{minute:02}"


def date(day: str, month: str, year: str, label: str) -> str:
    """ISO date of what stands in three boxes. The first sentence that helps is the one raised."""
    parts = [part.strip() for part in (day, month, year)]
    _refuse_partial(parts, label)
    d, m, y = (int(part) for part in parts)
    if not 1 <= m <= 12:
        raise wrong(_("The month of %(name)s is %(found)s; it can be 1 to 12"), label, found=m)
    if len(parts[2]) != 4:
        raise wrong(_("The year of %(name)s has %(count)s digits; it needs 4"), label, count=len(parts[2]))
    if y < EARLIEST_YEAR:
        raise wrong(
            _("The year of %(name)s is %(found)s; it can be %(least)s or later"),
            label,
            found=y,
            least=EARLIEST_YEAR,
        )
    if not 1 <= d <= 31:
        raise wrong(_("The day of %(name)s is %(found)s; it can be 1 to 31"), label, found=d)
    try:
        return datetime.date(y, m, d).isoformat()
    except ValueError as error:
        message = _("%(label)s cannot be right: month %(month)s/%(year)s has no day %(day)s")
        raise wrong(message, label, day=d, month=m, year=str(y)) from error


def _refuse_partial(parts: list[str], label: str) -> None:
    missing = [
        _("%(label)s lacks the day"),
        _("%(label)s lacks the month"),
        _("%(label)s lacks the year"),
    ]
    letters = [
        _("The day of %(name)s must be in digits"),
        _("The month of %(name)s must be in digits"),
        _("The year of %(name)s must be in digits"),
    ]
    for part, lacks, not_digits in zip(parts, missing, letters, strict=True):
        if not part:
            raise wrong(lacks, label)
        if not (part.isascii() and part.isdigit() and len(part) <= 8):
            raise wrong(not_digits, label)


def _digits(text: str, label: str) -> str:
    """The digits without the spaces, dots and dashes that people set between them."""
    digits = text[:200].translate(_INVISIBLE).translate(_SEPARATORS).strip()
    for letter in digits:
        if not (letter.isascii() and letter.isdigit()):
            raise wrong(_("%(label)s contains “%(found)s”; only digits are needed"), label, found=letter)
    return digits


def wrong(message: str, label: str, **params: object) -> ValidationError:
    """%(label)s begins a sentence, %(name)s stands inside one."""
    return ValidationError(message, "wrong", {"label": label, "name": inside(label), **params})


def inside(label: str) -> str:
    """A label as it stands inside a sentence: "Date of birth" → "date of birth", "UBND xã" as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] in (" ", "-") else label
