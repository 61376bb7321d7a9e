"""The citizen's answer to a supplement request: only what the officer marked is open, and what its answers open."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts import access, typed
from portal.accounts.access import CitizenRequest
from procedures.dossiers import supplements, workflow
from procedures.dossiers.models import Dossier, Event
from procedures.eforms import forms as eforms
from procedures.filing import answering


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def supplement(request: HttpRequest, code: str) -> HttpResponseBase:
    """The unlocked questions. What a signed-out browser posts is kept until its owner has signed in again."""
    if request.method == "POST" and not request.user.is_authenticated:
        return _keep_signed_out(request, code)
    return _supplement(request, code=code)


@require_POST
def supplement_fields(request: HttpRequest, code: str) -> HttpResponseBase:
    """The questions again after an answer (htmx). Keeps what is typed."""
    if not request.user.is_authenticated:
        return _keep_signed_out(request, code)
    return _fields(request, code=code)


def _keep_signed_out(request: HttpRequest, code: str) -> HttpResponse:
    # Whether there is such a dossier is not said to somebody who has not signed in.
    return typed.keep(
        request, _place(code), back=reverse("filing:supplement", args=[code]), at=timezone.now()
    )


def _place(code: str) -> str:
    return f"supplement:{code}"


def _find(request: CitizenRequest, code: str) -> tuple[Dossier, Event | None]:
    """The person's own dossier (or 404) and the request that waits for an answer."""
    own = Dossier.objects.of_citizen(request.user).select_related("person")
    dossier = get_object_or_404(own, code=code)
    return dossier, supplements.request(dossier)


@access.citizen
def _supplement(request: CitizenRequest, code: str) -> HttpResponse:
    """Show what was answered before, or typed since; send the answer once."""
    dossier, asked = _find(request, code)
    if asked is None:
        return redirect(dossier)
    if request.method == "POST":
        return _post(request, dossier, asked)
    _restore(request, dossier, asked)
    return _page(request, dossier, asked, _form(request, dossier, asked, typed=answering.typed(asked)))


def _post(request: CitizenRequest, dossier: Dossier, asked: Event) -> HttpResponse:
    form = _form(request, dossier, asked, data=request.POST, posted_files=request.FILES)
    if "later" in request.POST:
        form.look_only()
        answering.keep(asked, form.typed(), by=request.user, at=timezone.now())
        messages.success(request, _("What you typed is kept. Nothing has been sent yet."))
        return redirect(dossier)
    if form.is_valid():
        try:
            answering.send(dossier, asked, answers=form.values(), by=request.user, at=timezone.now())
        except workflow.NotAllowed as refused:
            messages.error(request, refused.reason)
            return redirect(dossier)
        except supplements.StillWrong as wrong:
            form.add_error(None, wrong.sentences)
        else:
            messages.success(request, _("Your supplement is with the office. The clock runs again."))
            return redirect(dossier)
    answering.keep(asked, form.typed(), by=request.user, at=timezone.now())
    return _page(request, dossier, asked, form)


def _page(request: CitizenRequest, dossier: Dossier, asked: Event, form: eforms.StepForm) -> HttpResponse:
    page = {
        "dossier": dossier,
        "title": dossier.title.get(get_language() or "vi") or dossier.title["vi"],
        "form": form,
        "note": asked.note,
    }
    wrong = form.is_bound and not form.newly_asked and not form.row_action
    return render(request, "filing/supplement.html", page, status=422 if wrong else 200)


@access.citizen
def _fields(request: CitizenRequest, code: str) -> HttpResponse:
    dossier, asked = _find(request, code)
    if asked is None:
        return HttpResponseClientRedirect(dossier.get_absolute_url())
    form = _form(request, dossier, asked, data=request.POST, posted_files=request.FILES)
    form.look_only()
    answering.keep(asked, form.typed(), by=request.user, at=timezone.now())
    return render(request, "filing/fields.html", {"form": form})


def _restore(request: CitizenRequest, dossier: Dossier, asked: Event) -> None:
    """What this browser typed after its owner had been signed out becomes what was typed last."""
    data = typed.found(request, _place(dossier.code))
    if data is None:
        return
    typed.forget(request, _place(dossier.code))
    form = _form(request, dossier, asked, data=data)
    form.look_only()
    answering.keep(asked, form.typed(), by=request.user, at=timezone.now())
    messages.info(request, _("What you typed before you were signed out is below. Check it and send it."))


def _form(request: CitizenRequest, dossier: Dossier, asked: Event, **given: Any) -> eforms.StepForm:
    return answering.form(
        dossier,
        asked.data.get("fields", {}),
        by=request.user,
        at=timezone.now(),
        refresh_url=reverse("filing:supplement_fields", args=[dossier.code]),
        **given,
    )
