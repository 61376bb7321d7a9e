"""The bank accounts that citizens transfer to: their facts, and how the bank's statement files are read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from payments import scopes, statements
from payments.models import BankAccount
from portal.accounts import access
from portal.accounts.access import StaffRequest
from portal.accounts.models import Agency

logger = logging.getLogger(__name__)

LARGEST = 10_000_000  # bytes of a statement
TRIED = 5  # rows that a trial shows
# What a statement's columns may be taken for, in the order of the page; those that nothing is read from are left out.
COLUMNS = {
    "date": gettext_lazy("Day of the booking"),
    "memo": gettext_lazy("Content of the transfer"),
    "credit": gettext_lazy("Sum that came in"),
    "amount": gettext_lazy("Sum in or out, in one column"),
    "kind": gettext_lazy("In or out (C or D)"),
    "id": gettext_lazy("Transaction number"),
    "sender": gettext_lazy("Sender’s name"),
    "number": gettext_lazy("Sender’s account number"),
}


def read(file: File[bytes], columns: Mapping[str, str]) -> statements.Read:
    """A statement file that somebody sent. Raises ValidationError that says in words what it lacks."""
    if (file.size or 0) > LARGEST:
        raise ValidationError(_("The file is too large: 10 MB are the most."))
    try:
        return statements.read(file.read(), columns)
    except statements.Unreadable as error:
        logger.info("A statement could not be read: %s", error)
        raise ValidationError(_why(error)) from error


def _why(error: statements.Unreadable) -> str:
    if not isinstance(error, statements.NoHead) or len(error.heads) < len(statements.NEEDED):
        return _(
            "No row of this file names a date, a sum and a content. Export it from the bank as CSV or XLSX."
        )
    missing = ", ".join(str(COLUMNS[key]) for key in error.missing)
    text = _(
        "No column was found for: %(missing)s. The file’s headings: %(heads)s."
        " Say on the account’s page which is which."
    )
    return text % {"missing": missing, "heads": " · ".join(error.heads)[:600]}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no argument
    use_required_attribute = False

    class Meta:
        model = BankAccount
        fields = ["agency", "bank_name", "bank_bin", "number", "holder", "is_active"]

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset, field.required, field.empty_label = agencies, True, None
        for name, each in self.fields.items():
            if name != "is_active":
                each.widget.attrs["class"] = "in"

    @property
    def facts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields if name != "is_active"]


class ChangeForm(AccountForm):
    """Its number stays: the books name the account by it. `tried` is what a sample file comes to."""

    class Meta(AccountForm.Meta):
        fields = ["agency", "bank_name", "holder", "is_active"]

    tried: statements.Read | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label in COLUMNS.items():
            usual = ", ".join(word.strip() for word in statements.HEADS[key].split(",")[:3])
            self.fields[f"column_{key}"] = forms.CharField(
                label=label,
                required=False,
                max_length=200,
                initial=self.instance.columns.get(key, ""),
                help_text=_("Usually: %(words)s.") % {"words": usual},
                widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
            )
        self.fields["sample"] = forms.FileField(
            label=_("A statement of this bank, to try it (CSV or XLSX)"),
            required=False,
            widget=forms.FileInput(attrs={"class": "in", "accept": ".csv,.xlsx"}),
        )

    @property
    def headings(self) -> list[forms.BoundField]:
        return [self[f"column_{key}"] for key in COLUMNS]

    def columns(self) -> dict[str, str]:
        typed = {key: self.cleaned_data.get(f"column_{key}", "").strip() for key in COLUMNS}
        return {key: text for key, text in typed.items() if text}

    def clean_sample(self) -> File[bytes] | None:
        file: File[bytes] | None = self.cleaned_data["sample"]
        if file:
            self.tried = read(file, self.columns())
        elif self.data.get("do") == "try":
            raise ValidationError(_("Choose a file to try it with."))
        return file

    def save(self, commit: bool = True) -> BankAccount:
        # What the page does not offer stays as it was.
        kept = {key: text for key, text in self.instance.columns.items() if key not in COLUMNS}
        self.instance.columns = kept | self.columns()
        saved: BankAccount = super().save(commit)
        return saved


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: StaffRequest) -> HttpResponse:
    """All of one's agencies; POST adds one."""
    now = timezone.now()
    form = AccountForm(request.POST or None, agencies=scopes.with_accounts(request.user, now))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("bank:accounts")
    page = {"form": form, "rows": scopes.accounts(request.user, now)}
    return render(request, "payments/bank_accounts.html", page, status=422 if form.errors else 200)


@access.staff(*scopes.KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: StaffRequest, account: int) -> HttpResponse:
    """One account. POST saves it; with `do=try` it only shows what the sample file comes to."""
    now = timezone.now()
    found = get_object_or_404(scopes.accounts(request.user, now), pk=account)
    form = ChangeForm(
        request.POST or None,
        request.FILES or None,
        instance=found,
        agencies=scopes.with_accounts(request.user, now),
    )
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "try":
        form.save()
        messages.success(request, _("Saved."))
        return redirect("bank:accounts")
    page: dict[str, Any] = {"form": form, "account": found, "tried": form.tried}
    if tried := form.tried:
        heads = [(label, tried.heads[key]) for key, label in COLUMNS.items() if key in tried.heads]
        page |= {"heads": heads, "rows": tried.rows[:TRIED], "errors": tried.errors[:TRIED]}
    return render(request, "payments/bank_account.html", page, status=422 if form.errors else 200)
