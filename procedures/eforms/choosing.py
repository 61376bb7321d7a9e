"""Controls that offer something: options, yes or no, a province and then its communes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from procedures.eforms import lists, validators
from procedures.eforms.entries import Entry
from procedures.eforms.lines import Control, Data


class StillOpen(Exception):
    """Nothing is wrong, but the next part of the question has not been on a page yet."""


class Choice(Control):
    """One of the options that are offered; a typed label counts as well (search-as-you-type)."""

    def show(self, value: Any, entry: Entry) -> Any:
        if value is None:
            return ""
        return str(entry.question.label_of(value)) if entry.question.widget == "search" else str(value)

    def clean(self, entry: Entry) -> Any:
        wanted = entry.raw.strip()[:254]
        for option in entry.options:
            if option.value == wanted:
                return option.value
        found = _by_label(entry, wanted)
        if found is None:
            message = _("“%(found)s” is not in the list for %(name)s; choose one of the list")
            raise validators.wrong(message, entry.label, found=wanted[:60])
        return found

    def absent(self, entry: Entry) -> str:
        if entry.label.endswith("?"):
            return _("Answer the question “%(label)s”") % {"label": entry.label}
        return _("Choose %(name)s") % {"name": validators.inside(entry.label)}


def _by_label(entry: Entry, wanted: str) -> str | None:
    """The one option whose label reads like `wanted`, accents and case apart; None if none or several."""
    if entry.question.widget != "search":
        return None
    for same in (str.casefold, lists.fold):
        key = same(wanted)
        found = {o.value for o in entry.options if key in (same(o.label.vi), same(o.label.get("en")))}
        if len(found) == 1:
            return found.pop()
    return None


class Choices(Choice):
    """Several of the options; raw is a list."""

    def read(self, data: Data, files: Data, name: str) -> list[str]:
        return [str(item) for item in data.getlist(name)]

    def show(self, value: Any, entry: Entry) -> Any:
        return list(value or ())

    def is_blank(self, raw: Any) -> bool:
        return not raw

    def clean(self, entry: Entry) -> Any:
        offered = [option.value for option in entry.options]
        if strange := next((item for item in entry.raw if item not in offered), None):
            message = _("“%(found)s” is not in the list for %(name)s; choose one of the list")
            raise validators.wrong(message, entry.label, found=strange[:60])
        return [value for value in offered if value in entry.raw]


class YesNo(Choice):
    def show(self, value: Any, entry: Entry) -> Any:
        return "" if value is None else "yes" if value else "no"

    def clean(self, entry: Entry) -> Any:
        if entry.raw not in ("yes", "no"):
            raise ValidationError(self.absent(entry))
        return bool(entry.raw == "yes")


class Place(NamedTuple):
    province: str
    commune: str
    listed: str  # the province whose communes were on the page


class Commune(Control):
    """Province, then commune; raw is a Place. The communes of a province just chosen are a new question."""

    names = ("__province", "", "__listed")

    def read(self, data: Data, files: Data, name: str) -> Place:
        return Place(*(str(data.get(name + ending) or "")[:5] for ending in self.names))

    def show(self, value: Any, entry: Entry) -> Place:
        province = lists.province_code(value or "")
        return Place(province, value or "", province)

    def is_blank(self, raw: Any) -> bool:
        return not raw.province and not raw.commune

    def clean(self, entry: Entry) -> str:
        province, commune, listed = entry.raw
        if commune and lists.province_code(commune) == (province or listed):
            return str(commune)
        if province != listed and lists.province_name(province):
            raise StillOpen
        message = (
            _("Choose the ward or commune of %(name)s") if province else _("Choose the province of %(name)s")
        )
        raise validators.wrong(message, entry.label)

    def absent(self, entry: Entry) -> str:
        return _("Choose the province of %(name)s") % {"name": validators.inside(entry.label)}
