"""The JSON shapes of answers: text str; integer and money int; date "YYYY-MM-DD"; time "HH:MM";
choice str; choices [str]; yes_no bool; commune 5-digit str; file [id]; group [{sub-key: value}].
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from procedures.eforms import expressions, lists
from procedures.eforms.questions import Field, FieldType, Form
from procedures.eforms.texts import Option

Answers = Mapping[str, Any]


def offered_options(field: Field, scope: expressions.Scope, form: Form | None) -> tuple[Option, ...]:
    """The options that apply, in order."""
    options = field.choices
    if not any(option.applies for option in field.options):
        return options
    return tuple(o for o in options if not o.applies or expressions.holds(o.applies, scope, form=form))


def offered(field: Field, scope: expressions.Scope, form: Form | None) -> frozenset[str]:
    if found := field.code_list:
        return found.values
    return frozenset(option.value for option in offered_options(field, scope, form))


def fits(field: Field, value: Any, scope: expressions.Scope, form: Form | None) -> bool:
    """Whether `value` has the shape of an answer to `field` and, for a choice, is still offered.

    Answers also come from accounts, earlier results and older drafts: what does not fit is dropped and
    the question is asked again.
    """
    if field.type == FieldType.CHOICE:
        return isinstance(value, str) and value in offered(field, scope, form)
    if field.type == FieldType.CHOICES:
        return _is_texts(value) and offered(field, scope, form).issuperset(value)
    return _FITS.get(field.type, _is_text)(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_read_by(read: Callable[[str], object], length: int) -> Callable[[Any], bool]:
    def is_readable(value: Any) -> bool:
        try:
            return isinstance(value, str) and len(value) == length and bool(read(value) is not None)
        except ValueError:
            return False

    return is_readable


_FITS: Mapping[FieldType, Callable[[Any], bool]] = {
    FieldType.INTEGER: _is_int,
    FieldType.MONEY: _is_int,
    FieldType.YES_NO: lambda value: isinstance(value, bool),
    FieldType.DATE: _is_read_by(datetime.date.fromisoformat, 10),
    FieldType.TIME: _is_read_by(datetime.time.fromisoformat, 5),
    FieldType.COMMUNE: lambda value: isinstance(value, str) and bool(lists.commune_name(value)),
    FieldType.FILE: _is_texts,
    FieldType.GROUP: lambda value: isinstance(value, list) and all(isinstance(row, Mapping) for row in value),
}


def dmy(iso: str) -> str:
    """ "1996-03-14" → "14/03/1996", as Vietnamese papers write it."""
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"
