"""A text in the languages of the service, and an option of a choice."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a definition. It is data, so it carries its own translation; Vietnamese always exists."""

    vi: str
    en: str = ""

    def get(self, language: str) -> str:
        return (self.en if language.startswith("en") else self.vi) or self.vi

    def __str__(self) -> str:
        return self.get(get_language() or "vi")


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer. `applies` is CEL over the answers; absent means always."""

    value: str
    label: Text
    hint: Text | None = None
    applies: str | None = None
