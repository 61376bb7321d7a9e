"""Publishing a draft, now or at an hour, and taking a procedure out of force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal import words
from procedures.definitions import publishing, releases, versions
from procedures.definitions.models import ProcedureVersion
from procedures.studio import reports
from procedures.studio.access import EditorRequest, draft_or_404, editor, procedure_or_404
from procedures.studio.dates import Publication, Retirement


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: EditorRequest, code: str) -> HttpResponse:
    """The task list; a POST publishes, or lets publish at an hour, when nothing mandatory is left.

    What was looked at must be what is published: a draft that was edited since is shown again, 409.
    """
    draft = draft_or_404(request, code)
    today = timezone.localdate()
    if request.method != "POST":
        return _page(request, draft, Publication(initial=Publication.usual(today)))
    form = Publication(request.POST)
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    try:
        released = _release(request, draft, form)
    except releases.Changed:
        messages.error(request, _("The draft was changed meanwhile. This is what it is like now."))
        return _page(request, draft_or_404(request, code), form, status=409)
    except releases.TasksLeft:
        messages.error(request, _("There are tasks left to do before this can be published."))
        return _page(request, draft, form, status=409)
    except publishing.InThePast:
        form.add_error("day", _("This hour has passed. Choose a later one, or publish now."))
        return _page(request, draft, form, status=422)
    messages.success(request, _said(released))
    return redirect("studio:procedure", code)


def _page(
    request: EditorRequest, draft: ProcedureVersion, form: Publication, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "draft": draft,
        "code": draft.procedure.code,
        "name": {"vi": draft.name_vi, "en": draft.name_en},
        "report": reports.of(draft, today=timezone.localdate()),
        "meaning": reports.consequences(draft),
        "form": form,
    }
    return render(request, "studio/publish.html", context, status=status)


def _release(request: EditorRequest, draft: ProcedureVersion, form: Publication) -> ProcedureVersion:
    seen = request.POST.get("revision", "")
    return releases.release(
        draft,
        revision=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
        publish_at=form.publish_at(),
        finish_until=form.finish_until(),
        by=request.user,
        at=timezone.now(),
    )


def _said(released: ProcedureVersion) -> str:
    if released.publish_at is None:
        return _("Version %(n)s is in force.") % {"n": released.number}
    said = _("Version %(n)s will be published at %(at)s.")
    return said % {"n": released.number, "at": words.when(released.publish_at)}


@editor
@require_POST
def unschedule(request: EditorRequest, code: str) -> HttpResponse:
    """Let the draft wait for nothing any more."""
    draft = draft_or_404(request, code)
    publishing.unschedule(draft, by=request.user, at=timezone.now())
    messages.success(request, _("Draft %(n)s is not published by itself any more.") % {"n": draft.number})
    return redirect("studio:publish", code)


@editor
@require_POST
def discard(request: EditorRequest, code: str) -> HttpResponse:
    """Throw the draft away; the procedure with it when it never had another version."""
    draft = draft_or_404(request, code)
    if request.POST.get("number") != str(draft.number):
        raise Http404("another draft")
    versions.discard(draft, by=request.user, at=timezone.now())
    messages.success(request, _("Draft %(n)s was thrown away.") % {"n": draft.number})
    left = draft.procedure.versions.exists()
    return redirect("studio:procedure", code) if left else redirect("studio:list")


@editor
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: EditorRequest, code: str) -> HttpResponse:
    """Close the version in force after a last filing date; without a successor."""
    procedure = procedure_or_404(request, code)
    current = procedure.versions.current().select_related("procedure").first()
    if current is None:
        raise Http404("nothing is in force")
    form = Retirement(request.POST if request.method == "POST" else None)
    if request.method == "POST" and request.POST.get("do") == "keep":
        publishing.keep_open(current, by=request.user, at=timezone.now())
        messages.success(request, _("The procedure stays open."))
        return redirect("studio:procedure", code)
    if form.is_valid():
        publishing.retire(
            current, last_filing_on=form.cleaned_data["last_filing_on"], by=request.user, at=timezone.now()
        )
        messages.success(request, form.said())
        return redirect("studio:procedure", code)
    context = {
        "procedure": procedure,
        "current": current,
        "name": {"vi": current.name_vi, "en": current.name_en},
        "meaning": reports.consequences(current),
        "form": form,
    }
    return render(request, "studio/retire.html", context, status=422 if form.errors else 200)
