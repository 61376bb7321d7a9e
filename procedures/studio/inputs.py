"""What a panel asks with: Django form fields whose cleaned value is what a definition holds.

Each takes whatever stands in a damaged draft without raising (`prepare_value`) and gives a JSON-ready
value, None where the entry is to be absent (`clean`). Nothing is required: a draft may be unfinished,
and what it lacks is on the list of open tasks.

    line, lines, number, flag, pick, picks, words, expression, bilingual
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from procedures.eforms import expressions
from procedures.eforms.reading import MAX_TEXT

Choices = Iterable[tuple[str, Any]]
_TOO_LONG = _("This text is too long: %(limit_value)d characters are the most.")
_NULL = _("This text holds a sign that cannot be stored. Type it again.")


class Line(forms.CharField):
    """One text; empty is None."""

    def __init__(self, *, css: str = "", **options: Any) -> None:
        options.setdefault("max_length", MAX_TEXT)
        super().__init__(required=False, **options)
        self.error_messages |= {"max_length": _TOO_LONG, "null_characters_not_allowed": _NULL}
        for validator in self.validators:
            if getattr(validator, "code", "") == "null_characters_not_allowed":
                validator.message = _NULL  # type: ignore[attr-defined]
        self.widget.attrs |= {"class": f"in {css}".strip(), "autocomplete": "off"}
        self.widget.attrs.pop("maxlength", None)  # said beside the field, never cut off in silence

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else "" if value is None or _is_nested(value) else str(value)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None


class Expression(Line):
    """CEL. What does not compile is not saved; names that do not exist are for the list of open tasks."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text:
            try:
                expressions.compile_expression(text)
            except expressions.ExpressionError as error:
                raise ValidationError(_("This expression %(reason)s."), params={"reason": error}) from error
        return text


class Number(forms.CharField):
    """A whole number, shown plainly; empty is None."""

    def __init__(self, *, least: int = 0, most: int = 10**12, css: str = "w4", **options: Any) -> None:
        super().__init__(required=False, **options)
        self.least, self.most = least, most
        self.widget.attrs |= {"class": f"in num {css}", "inputmode": "numeric", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else "" if value is None or _is_nested(value) else str(value)

    def clean(self, value: Any) -> int | None:
        text = re.sub(r"[.\s](?=\d{3}\b)", "", str(super().clean(value) or ""))
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise ValidationError(_("Write a whole number with digits only."))
        number = int(text)
        if not self.least <= number <= self.most:
            raise ValidationError(
                _("Write a number from %(least)s to %(most)s."),
                params={"least": self.least, "most": self.most},
            )
        return number


class Flag(forms.BooleanField):
    """A box to tick. Not ticked is absent, or False where `default` is true."""

    def __init__(self, *, default: bool = False, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.default = default

    def prepare_value(self, value: Any) -> bool:
        return value if isinstance(value, bool) else self.default if value is None else value == "on"

    def clean(self, value: Any) -> bool | None:
        ticked = super().clean(value)
        return None if ticked == self.default else ticked


class Pick(forms.ChoiceField):
    """One of several. A value that is not among them (any more) stays as it is until another is picked."""

    def __init__(self, *, choices: Choices, radio: bool = False, default: str = "", **options: Any) -> None:
        widget = forms.RadioSelect() if radio else forms.Select(attrs={"class": "in"})
        super().__init__(required=False, choices=list(choices), widget=widget, **options)
        self.default = default

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) and value else self.default

    def clean(self, value: Any) -> str | None:
        return super().clean(value) or None

    def valid_value(self, value: Any) -> bool:
        if super().valid_value(value):
            return True
        raise ValidationError(_("Pick one of the choices."))


class Picks(forms.MultipleChoiceField):
    """Several of several, in the order of the choices; none is absent."""

    def __init__(self, *, choices: Choices, **options: Any) -> None:
        self._keys = [key for key, _label in choices]
        super().__init__(
            required=False, choices=list(choices), widget=forms.CheckboxSelectMultiple(), **options
        )

    def prepare_value(self, value: Any) -> list[str]:
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def clean(self, value: Any) -> list[str] | None:
        chosen = set(super().clean(value))
        return [key for key in self._keys if key in chosen] or None


class Words(Line):
    """Several short texts with commas between them, kept as a list."""

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(one for one in value if isinstance(one, str))
        return super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value) or ""
        return [one for part in re.split(r"[,\n]", text) if (one := part.strip())] or None


def line(label: Any, *, hint: Any = "", css: str = "", limit: int = MAX_TEXT) -> Line:
    """One line of text of the definition."""
    return Line(label=label, help_text=hint, css=css, max_length=limit)


def lines(label: Any, *, hint: Any = "", rows: int = 3, limit: int = MAX_TEXT) -> Line:
    """A text of several lines."""
    return Line(label=label, help_text=hint, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}))


def number(label: Any, *, hint: Any = "", least: int = 0, most: int = 10**12, css: str = "w4") -> Number:
    return Number(label=label, help_text=hint, least=least, most=most, css=css)


def flag(label: Any, *, hint: Any = "", default: bool = False) -> Flag:
    """`default`: what an absent entry means."""
    return Flag(label=label, help_text=hint, default=default)


def pick(label: Any, choices: Choices, *, hint: Any = "", radio: bool = False, default: str = "") -> Pick:
    """`default`: the choice that an absent entry means; picking it writes it out."""
    return Pick(label=label, help_text=hint, choices=choices, radio=radio, default=default)


def picks(label: Any, choices: Choices, *, hint: Any = "") -> Picks:
    return Picks(label=label, help_text=hint, choices=choices)


def words(label: Any, *, hint: Any = "") -> Words:
    return Words(label=label, help_text=hint)


def expression(label: Any, *, hint: Any = "") -> Expression:
    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "none"})
    return Expression(
        label=label, help_text=hint, css="cel", max_length=expressions.MAX_LENGTH, widget=widget
    )


def bilingual(name: str, vi: Any, en: Any, *, hint: Any = "", rows: int = 0) -> dict[str, Line]:
    """The two inputs of a text, side by side: {"label__vi", "label__en"}. For a panel's `inputs`."""

    def make(label: Any, hint: Any = "") -> Line:
        return lines(label, hint=hint, rows=rows) if rows else line(label, hint=hint)

    found = {f"{name}__vi": make(vi, hint), f"{name}__en": make(en)}
    found[f"{name}__en"].widget.attrs["lang"] = "en"
    return found


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)
