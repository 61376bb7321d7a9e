"""The sections of the editor, in the order of its left column, and the view that shows each.

A module that makes a section registers it: `sections.PAGES["fees"] = fees`. What nobody registered is
neither shown nor found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# key → (as it stands in an address, icon, name)
SECTIONS: dict[str, tuple[str, str, Any]] = {
    "information": ("thong-tin", "info", _("Information")),
    "form": ("bieu-mau", "page", pgettext_lazy("studio", "Form")),
    "papers": ("giay-to", "doc", _("Papers")),
    "fees": ("phi-le-phi", "s6", _("Fees")),
    "processing": ("xu-ly", "users", _("Processing")),
    "result": ("ket-qua", "seal", _("Result")),
    "messages": ("thong-bao", "mail", _("Messages")),
    "languages": ("ngon-ngu", "globe", _("Languages")),
}
_BY_SLUG = {slug: key for key, (slug, _icon, _name) in SECTIONS.items()}

PAGES: dict[str, Callable[..., HttpResponseBase]] = {}


class SectionConverter:
    """The key of a section in code, its Vietnamese name in the address."""

    regex = "|".join(_BY_SLUG)

    def to_python(self, value: str) -> str:
        return _BY_SLUG[value]

    def to_url(self, value: str) -> str:
        if value not in SECTIONS:
            raise ValueError(value)
        return SECTIONS[value][0]


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    icon: str
    name: Any


def entries() -> list[Entry]:
    """Those that can be opened."""
    return [Entry(key, icon, name) for key, (_slug, icon, name) in SECTIONS.items() if key in PAGES]
