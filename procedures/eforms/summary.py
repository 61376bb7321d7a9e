"""Answers as rows to read: the check page, the officer's page, receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from procedures.eforms import lists, values
from procedures.eforms.journey import OpenStep
from procedures.eforms.questions import Field, FieldType, Form


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    label: str
    value_text: str  # "" for what was left open
    field: Field


def rows(
    of: Form | OpenStep | Iterable[Field],
    answers: Mapping[str, Any],
    *,
    language: str,
    files: Mapping[str, str] | None = None,
) -> list[Row]:
    """A row for each field of an open step, and for each answered field of a form or of bare fields.

    `files`: names by id of the files that the answers hold; without it their number is said.
    """
    if isinstance(of, OpenStep):
        fields: Iterable[Field] = of.fields
    else:
        every = of.fields() if isinstance(of, Form) else of
        fields = (field for field in every if answers.get(field.key) is not None)
    return [_row(field, answers.get(field.key), language, files) for field in fields]


def text(field: Field, value: Any, language: str, *, files: Mapping[str, str] | None = None) -> str:
    """One answer in words of `language`; "" for none. Lines within it are set apart by line breaks."""
    if value is None:
        return ""
    if field.type == FieldType.FILE:
        return _files(value, language, files or {})
    if field.type == FieldType.GROUP:
        return "\n".join(_of_row(field, row, language) for row in value)
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        chosen = [value] if isinstance(value, str) else value
        return ", ".join(field.label_of(one).get(language) for one in chosen)
    write = _WRITE.get(field.type)
    return write(value, language) if write else str(value)


def _row(field: Field, value: Any, language: str, files: Mapping[str, str] | None) -> Row:
    return Row(field.key, field.label.get(language), text(field, value, language, files=files), field)


def _of_row(group: Field, row: Mapping[str, Any], language: str) -> str:
    answered = ((sub, row[sub.key]) for sub in group.fields if row.get(sub.key) is not None)
    return "; ".join(f"{sub.label.get(language)}: {text(sub, value, language)}" for sub, value in answered)


def _files(ids: Iterable[str], language: str, names: Mapping[str, str]) -> str:
    ids = list(ids)
    if names:
        return "\n".join(names[id_] for id_ in ids if id_ in names)
    with translation.override(language):
        return translation.ngettext("%(n)s file", "%(n)s files", len(ids)) % {"n": len(ids)}


def _yes_no(value: bool, language: str) -> str:
    with translation.override(language):
        return _("Yes") if value else _("No")


def _money(value: int, language: str) -> str:
    grouped = f"{value:,}" if language.startswith("en") else f"{value:,}".replace(",", ".")
    return f"{grouped}\u00a0đ"


_WRITE: Mapping[FieldType, Callable[[Any, str], str]] = {
    FieldType.YES_NO: _yes_no,
    FieldType.MONEY: _money,
    FieldType.DATE: lambda value, _language: values.dmy(value),
    FieldType.COMMUNE: lambda value, _language: lists.place_name(value) or value,
}
