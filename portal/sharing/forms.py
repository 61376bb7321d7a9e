"""The forms of both sides: the administrator's register of clients, and what a citizen asks or is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.forms import PlainForm
from portal.accounts.models import Agency
from portal.sharing import predicates

REQUIRED = {"required": gettext_lazy("Answer this question.")}
PATH = RegexValidator(r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$")
CODE = RegexValidator(
    r"^[a-z0-9]+([-_][a-z0-9]+)*$", gettext_lazy("Use small letters without accents, digits, - and _.")
)
MAX_LINES = 40


class ClientForm(PlainForm):
    """A client's details; `values()` are the columns."""

    name = forms.CharField(
        label=gettext_lazy("Agency, as citizens know it"), max_length=160, error_messages=REQUIRED
    )
    system = forms.CharField(
        label=gettext_lazy("Its system that asks"), max_length=120, error_messages=REQUIRED
    )
    contact = forms.EmailField(label=gettext_lazy("E-mail for technical questions"), error_messages=REQUIRED)
    agency = forms.CharField(
        label=gettext_lazy("Unit code, if it is an agency of this city"), max_length=40, required=False
    )
    active_from = forms.DateField(
        label=gettext_lazy("May ask from"),
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        error_messages=REQUIRED | {"invalid": gettext_lazy("Write the date as day/month/year.")},
    )
    active_until = forms.DateField(
        label=gettext_lazy("May ask until"),
        help_text=gettext_lazy("Day/month/year; empty: until further notice."),
        required=False,
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        error_messages={"invalid": gettext_lazy("Write the date as day/month/year.")},
    )
    per_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute, at most"),
        min_value=1,
        max_value=6000,
        initial=60,
        error_messages=REQUIRED,
    )

    def clean_agency(self) -> Agency | None:
        code = self.cleaned_data["agency"].strip()
        found = Agency.objects.filter(code=code).first()
        if code and found is None:
            raise ValidationError(_("No agency of this city has the unit code %(code)s.") % {"code": code})
        return found

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("active_from"), found.get("active_until")
        if first and last and last < first:
            self.add_error("active_until", _("The last day lies before the first one."))
        return found


def _lines(text: str, parts: int, read: Callable[[list[str]], dict[str, str]]) -> list[dict[str, str]]:
    """One row a line, its parts between bars; a line that cannot be read is named by its number."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        cells = [cell.strip() for cell in line.split("|", parts - 1)]
        if len(cells) < parts or not all(cells):
            raise ValidationError(
                _("Line %(n)s: %(parts)s parts are wanted, with | between them.")
                % {"n": number, "parts": parts}
            )
        try:
            found.append(read(cells))
        except (ValidationError, predicates.Refused) as error:
            why = error.messages[0] if isinstance(error, ValidationError) else str(error)
            raise ValidationError(
                _("Line %(n)s cannot be read: %(why)s") % {"n": number, "why": why}
            ) from error
    if len(found) > MAX_LINES:
        raise ValidationError(_("At most %(most)s lines.") % {"most": MAX_LINES})
    return found


def _claim(cells: list[str]) -> dict[str, str]:
    PATH(cells[0])
    return {"path": cells[0], "vi": cells[1], "en": cells[2]}


def _question(cells: list[str]) -> dict[str, str]:
    CODE(cells[0])
    predicates.check(cells[3])
    return {"code": cells[0], "vi": cells[1], "en": cells[2], "expression": cells[3]}


class ScopeForm(PlainForm):
    """One purpose of a client: what for, on which legal basis, which claims and questions of which result."""

    code = forms.CharField(
        label=gettext_lazy("Code in the API"),
        help_text=gettext_lazy("Small letters without accents, digits and -, like ket-hon."),
        max_length=40,
        validators=[CODE],
        error_messages=REQUIRED,
    )
    type_code = forms.CharField(label=gettext_lazy("Result type"), max_length=30, error_messages=REQUIRED)
    title_vi = forms.CharField(
        label=gettext_lazy("Name of the paper, Vietnamese"), max_length=160, error_messages=REQUIRED
    )
    title_en = forms.CharField(
        label=gettext_lazy("Name of the paper, English"), max_length=160, error_messages=REQUIRED
    )
    purpose_vi = forms.CharField(
        label=gettext_lazy("Purpose, Vietnamese"), max_length=300, error_messages=REQUIRED
    )
    purpose_en = forms.CharField(
        label=gettext_lazy("Purpose, English"), max_length=300, error_messages=REQUIRED
    )
    basis_vi = forms.CharField(
        label=gettext_lazy("Legal basis, Vietnamese"), max_length=300, error_messages=REQUIRED
    )
    basis_en = forms.CharField(
        label=gettext_lazy("Legal basis, English"), max_length=300, error_messages=REQUIRED
    )
    needs_consent = forms.ChoiceField(
        label=gettext_lazy("Who decides"),
        choices=[
            ("yes", gettext_lazy("The citizen agrees each time")),
            ("no", gettext_lazy("The law allows it without consent")),
        ],
        error_messages=REQUIRED,
    )
    claims = forms.CharField(
        label=gettext_lazy("Claims that it may learn"),
        help_text=gettext_lazy("One a line: path | Vietnamese | English. The citizen reads the names."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    questions = forms.CharField(
        label=gettext_lazy("Questions that are answered yes, no or cannot be said"),
        help_text=gettext_lazy(
            "One a line: code | Vietnamese | English | expression over claims, like "
            "age(claims.person.date_of_birth) >= 18. A claim that is missing makes the answer “cannot be said”."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    most_days = forms.IntegerField(
        label=gettext_lazy("Days that a consent may last"),
        help_text=gettext_lazy("0: only once, each time anew."),
        min_value=0,
        max_value=366,
        initial=90,
        error_messages=REQUIRED,
    )

    def clean_claims(self) -> list[dict[str, str]]:
        return _lines(self.cleaned_data["claims"], 3, _claim)

    def clean_questions(self) -> list[dict[str, str]]:
        return _lines(self.cleaned_data["questions"], 4, _question)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not found["claims"] and not found["questions"]:
            self.add_error("questions", _("Name at least one claim or one question."))
        return found

    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        for name in ("title", "purpose", "basis"):
            found[name] = {"vi": found.pop(f"{name}_vi"), "en": found.pop(f"{name}_en")}
        return found | {"needs_consent": found["needs_consent"] == "yes"}


class ReasonForm(PlainForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it may not ask for now"), max_length=300, error_messages=REQUIRED
    )


class ObjectionForm(PlainForm):
    text = forms.CharField(
        label=gettext_lazy("What do you not understand, or not agree with?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write at least one sentence.")},
    )


class AnswerForm(PlainForm):
    text = forms.CharField(
        label=gettext_lazy("Answer, as the citizen reads it"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write at least one sentence.")},
    )
