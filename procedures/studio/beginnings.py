"""The form on which a new procedure begins: its code, its name, its field of work, and who looks after it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts import access
from portal.accounts.models import Agency, Role, User
from procedures.definitions import loading

WHOLE_SITE = ""


class Beginning(forms.Form):
    """`by` decides which agencies can be chosen: those at and below their own duties."""

    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name in Vietnamese"), max_length=300)
    name_en = forms.CharField(label=_("Name in English"), max_length=300, required=False)
    field = forms.CharField(label=_("Field of work"), max_length=120)
    owner = forms.ChoiceField(label=_("Looked after by"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.choices = owners(by, at=timezone.now())

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not loading.CODE.match(code):
            raise forms.ValidationError(_("The code looks like 1.001193: a digit, a dot, six digits."))
        return code

    def clean_owner(self) -> str:
        """An empty choice means the whole site, which not everybody may choose."""
        chosen: str = self.cleaned_data["owner"]
        choices: Any = self.fields["owner"]
        if chosen not in dict(choices.choices):
            raise forms.ValidationError(_("Choose the agency that looks after it."))
        return chosen

    def chosen_owner(self) -> Agency | None:
        """The agency that was chosen; None is the whole site."""
        chosen = self.cleaned_data["owner"]
        return Agency.objects.get(pk=chosen) if chosen != WHOLE_SITE else None

    def names(self) -> dict[str, str]:
        return _both(self.cleaned_data["name"], self.cleaned_data["name_en"])


def _both(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en} if en else {"vi": vi}


def owners(by: User, *, at: datetime) -> list[tuple[str, Any]]:
    """(value, words) of those in whose branch `by` may begin a procedure; the whole site for who is at the root."""
    held = [duty.agency for duty in access.duties(by, at) if duty.role == Role.PROCEDURE_ADMIN]
    found: list[tuple[str, Any]] = []
    if any(agency.parent_id is None for agency in held):
        found.append((WHOLE_SITE, _("The whole site")))
    for agency in held:
        found += [
            (str(pk), name)
            for pk, name in Agency.objects.branch(agency).order_by("path").values_list("pk", "name")
        ]
    return list(dict.fromkeys(found))
