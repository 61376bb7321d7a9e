"""Bundles over the counter: a file is looked at first, then taken over as a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.accounts.models import Agency, User
from procedures.definitions import rehearsal, sources
from procedures.studio import beginnings, comparing, reports
from procedures.studio.access import EditorRequest, editor


class Bundle(forms.Form):
    """A file, or its text when it was looked at before. `owner` matters for a procedure that is new."""

    file = forms.FileField(label=gettext_lazy("The bundle, a .yaml file"), required=False)
    text = forms.CharField(required=False, strip=False)
    owner = forms.ChoiceField(label=gettext_lazy("Looked after by"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.choices = beginnings.owners(by, at=timezone.now())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if (file := given.get("file")) is not None:
            given["text"] = self._read(file)
        elif not given.get("text") and not self.errors:
            self.add_error("file", _("Choose the file of the bundle."))
        return given

    def _read(self, file: Any) -> str:
        if file.size > sources.MAX_BYTES:
            self.add_error("file", _("The file is larger than a bundle can be: 1 MB."))
            return ""
        try:
            text: str = file.read().decode()
        except UnicodeDecodeError:
            self.add_error("file", _("The file is no text in UTF-8."))
            return ""
        return text

    def name(self) -> str:
        file = self.cleaned_data.get("file")
        return file.name if file else ""

    def chosen_owner(self) -> Agency | None:
        chosen = self.cleaned_data["owner"] or self.fields["owner"].choices[0][0]  # type: ignore[attr-defined]
        return Agency.objects.get(pk=chosen) if chosen != beginnings.WHOLE_SITE else None


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: EditorRequest) -> HttpResponse:
    """Look at a bundle, with its problems and differences; the second POST takes it over as a draft."""
    if request.method != "POST":
        return _page(request, Bundle(by=request.user))
    form = Bundle(request.POST, request.FILES, by=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    now = timezone.now()
    looked = rehearsal.rehearse(form.cleaned_data["text"], name=form.name(), by=request.user, at=now)
    if request.POST.get("do") != "take" or not looked.can_be_taken or looked.source is None:
        return _page(request, form, looked, status=422 if looked.problems or looked.refusal else 200)
    draft = rehearsal.take(looked.source, owner=form.chosen_owner(), by=request.user, at=now)
    messages.success(
        request, _("The bundle is draft %(n)s now. Nothing is published yet.") % {"n": draft.number}
    )
    return redirect("studio:publish", draft.procedure.code)


def _page(
    request: EditorRequest, form: Bundle, looked: rehearsal.Rehearsal | None = None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "looked": looked}
    if looked:
        definition: dict[str, Any] = looked.source or {}
        context["sections"] = comparing.sections(looked.differences)
        context["problems"] = [
            (problem.line, reports.point(problem, definition)) for problem in looked.problems
        ]
        context["name"] = definition.get("name")
    return render(request, "studio/import.html", context, status=status)
