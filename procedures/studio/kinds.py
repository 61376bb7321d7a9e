"""The types of answers as an administrator picks them: an icon, a name and when to take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from procedures.eforms.questions import FieldType


@dataclass(frozen=True, slots=True)
class Kind:
    type: str
    icon: str
    name: Any
    use: Any


KINDS: tuple[Kind, ...] = (
    Kind(FieldType.TEXT, "text", _("Short text"), _("A name, a number with letters, one line")),
    Kind(FieldType.LONG_TEXT, "lines", _("Long text"), _("A reason, a description, several lines")),
    Kind(FieldType.INTEGER, "number", _("Whole number"), _("How many copies, how many people")),
    Kind(FieldType.MONEY, "s6", _("Amount of money"), _("Whole đồng")),
    Kind(FieldType.DATE, "calendar", _("Date"), _("Day, month and year in three boxes")),
    Kind(FieldType.TIME, "clock", _("Time of day"), _("Hour and minute")),
    Kind(FieldType.YES_NO, "yesno", _("Yes or no"), _("One question with two answers")),
    Kind(FieldType.CHOICE, "radio", _("One of several"), _("Options of your own or a shared list")),
    Kind(FieldType.CHOICES, "boxes", _("Several of several"), _("As many of the options as apply")),
    Kind(
        FieldType.PERSONAL_ID, "card", _("Personal ID number"), _("12 digits, checked against sex and birth")
    ),
    Kind(FieldType.PHONE, "phone", _("Phone number"), _("A Vietnamese phone number")),
    Kind(FieldType.EMAIL, "mail", _("E-mail"), _("One e-mail address")),
    Kind(FieldType.TAX_CODE, "shop", _("Tax code"), _("10 or 13 digits, with its check digit")),
    Kind(FieldType.COMMUNE, "pin", _("Commune or ward"), _("Province first, then its communes")),
    Kind(FieldType.FILE, "upload", _("File"), _("A scan or photo; papers of the law belong to Papers")),
    Kind(
        FieldType.GROUP, "rows", _("Repeating group"), _("The same questions for each person, thing or row")
    ),
)
BY_TYPE: dict[str, Kind] = {str(kind.type): kind for kind in KINDS}
UNKNOWN = Kind("", "alert", _("Unknown type"), "")
# What a row of a repeating group cannot hold (`eforms.soundness`).
NOT_IN_ROWS = frozenset({FieldType.GROUP, FieldType.FILE})


def of(type_: Any) -> Kind:
    """UNKNOWN for what is no type."""
    return BY_TYPE.get(type_, UNKNOWN) if isinstance(type_, str) else UNKNOWN
