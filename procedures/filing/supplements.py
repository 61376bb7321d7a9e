"""The citizen's answer to a supplement request: only what the officer marked is open, the rest stays as filed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import access
from portal.accounts.access import CitizenRequest
from portal.documents.models import Document
from procedures.definitions import runtime
from procedures.dossiers import dossiers, workflow
from procedures.dossiers.models import Dossier
from procedures.eforms import forms as eforms
from procedures.eforms.schema import Field
from procedures.filing.files import Files


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def supplement(request: CitizenRequest, code: str) -> HttpResponse:
    """Show the unlocked questions with what was answered before; send the answer once."""
    dossier = get_object_or_404(Dossier.objects.of_citizen(request.user).select_related("person"), code=code)
    unlocked = dossiers.asked_fields(dossier)
    if not unlocked:
        return redirect(dossier)
    fields = [f for f in runtime.definition(dossier.version_id).form.fields() if f.key in unlocked]
    form = _form(request, dossier, fields)
    if request.method == "POST" and form.is_valid():
        return _send(request, dossier, fields, form.values())
    request_event = dossier.events.filter(action=workflow.Action.ASK_SUPPLEMENT).order_by("-id").first()
    page = {
        "dossier": dossier,
        "title": dossier.title.get(get_language() or "vi") or dossier.title["vi"],
        "form": form,
        "note": request_event.note if request_event else "",
    }
    wrong = form.is_bound and not form.newly_asked and not form.row_action
    return render(request, "filing/supplement.html", page, status=422 if wrong else 200)


def _form(request: CitizenRequest, dossier: Dossier, fields: list[Field]) -> eforms.StepForm:
    posted = request.method == "POST"
    return eforms.fields_form(
        tuple(fields),
        data=request.POST if posted else None,
        files=request.FILES if posted else None,
        initial=dossier.answers,
        context=dossier.context,
        answers=dossier.answers,
        uploads=Files(dossier.answers, by=request.user, at=timezone.now()),
    )


def _send(
    request: CitizenRequest, dossier: Dossier, fields: list[Field], values: dict[str, Any]
) -> HttpResponse:
    at = timezone.now()
    papers = [
        paper
        for field in fields
        if field.type == "file"
        for paper in _new_files(request, dossier, field, values)
    ]
    try:
        dossiers.supplement(dossier, answers=values, papers=papers, by=request.user, at=at)
    except workflow.NotAllowed as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, _("Your supplement is with the office. The clock runs again."))
    return redirect(dossier)


def _new_files(
    request: CitizenRequest, dossier: Dossier, field: Field, values: dict[str, Any]
) -> list[dossiers.Paper]:
    """The person's own files that are not yet part of the dossier."""
    ids = {UUID(pk) for pk in values.get(field.key) or []} - set(
        dossier.files.filter(key=field.key).values_list("document_id", flat=True)
    )
    label = {"vi": field.label.vi, "en": field.label.en}
    mine = Document.objects.filter(pk__in=ids, created_by=request.user)
    return [dossiers.Paper(field.key, label, document) for document in mine]
