"""The pages on which an agency corrects what it has issued: open the correction, write what is right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import access
from portal.accounts.access import StaffRequest
from procedures.counter import lives
from procedures.definitions import runtime, shapes
from procedures.dossiers import corrections, workflow
from procedures.dossiers.models import Dossier
from procedures.dossiers.supplements import StillWrong
from procedures.dossiers.workflow import NotAllowed
from procedures.eforms import forms as eforms
from procedures.eforms import values
from procedures.filing import answering
from procedures.results import relying, results


def card(found: Dossier, actors: frozenset[str]) -> dict[str, Any] | None:
    """Of the dossier of a correction: the paper, what it says and what the new one will; None for any other."""
    if not found.corrects:
        return None
    return {
        "paper": found.corrects,
        "differences": differences(found) if not found.ended_at else [],
        "can_correct": not corrections.correcting_refusal(found, actors),
    }


def differences(found: Dossier) -> list[dict[str, str]]:
    """What the corrected paper will say otherwise, claim by claim."""
    if not found.corrects:
        return []
    was, now, language = found.corrects.claims, results.draft_claims(found), get_language() or "vi"
    leaves = shapes.leaves(shapes.claims(runtime.definition(found.version_id)))
    rows = [(path, shape, _dig(was, path), _dig(now, path)) for path, shape in leaves]
    return [
        {"label": _label(path, shape, language), "was": _shown(before), "now": _shown(after)}
        for path, shape, before, after in rows
        if before != after and not path.endswith("_text")
    ]


def _label(path: str, shape: shapes.Shape, language: str) -> str:
    titles = shape.get("x-title", {})
    return str(titles.get(language) or titles.get("vi") or path)


def _dig(claims: Any, path: str) -> Any:
    for part in path.split("."):
        claims = claims.get(part) if isinstance(claims, dict) else None
    return claims


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return "; ".join(
            ", ".join(map(str, row.values())) if isinstance(row, dict) else str(row) for row in value
        )
    text = str(value)
    return values.dmy(text) if len(text) == 10 and text[4::3] == "--" else text


def _find(request: StaffRequest, code: str) -> tuple[Dossier, frozenset[str]]:
    own = Dossier.objects.of_staff(request.user).select_related("agency", "person", "corrects")
    found = get_object_or_404(own, code=code)
    return found, access.roles(request.user, found.agency, timezone.now())


@access.staff()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: StaffRequest, code: str) -> HttpResponse:
    """Ask for reason and legal basis, then open the dossier of the correction. Who may not gets 403."""
    found, actors = _find(request, code)
    paper, now = lives.paper_of(found), timezone.now()
    if paper is None:
        raise Http404
    if not actors & workflow.OPENINGS["open_correction"].who:
        raise PermissionDenied
    error, status = corrections.refusal(paper, at=now), 200
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("reason", "basis")}
        try:
            opened = corrections.open_by_office(paper, by=request.user, actors=actors, at=now, **given)
        except NotAllowed as refused:
            error, status = refused.reason, 409
        else:
            messages.success(
                request, _("The correction is a dossier of its own: start it, and correct the data.")
            )
            return redirect("counter:dossier", opened.code)
    page = {
        "dossier": found,
        "paper": paper,
        "relying": relying.on(paper),
        "posted": request.POST,
        "longest": {"reason": corrections.REASON, "basis": corrections.BASIS},
        "error": error,
    }
    return render(request, "counter/begin_correction.html", page, status=status)


@access.staff()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: StaffRequest, code: str) -> HttpResponse:
    """The answers behind the paper as a form: the handler writes what is right. Nothing typed is lost."""
    found, actors = _find(request, code)
    if not found.corrects_id:
        raise Http404
    if why := corrections.correcting_refusal(found, actors):
        messages.error(request, why)
        return redirect("counter:dossier", code)
    data = request.POST if request.method == "POST" else None
    open_to = corrections.questions(found)
    form = answering.form(found, open_to, by=request.user, at=timezone.now(), data=data)
    if data is not None and form.is_valid() and _taken(request, found, actors, form):
        messages.success(request, _("Saved."))
        return redirect("counter:dossier", code)
    wrong = form.is_bound and not form.newly_asked and not form.row_action
    return render(
        request, "counter/correct.html", {"dossier": found, "form": form}, status=422 if wrong else 200
    )


def _taken(request: StaffRequest, found: Dossier, actors: frozenset[str], form: eforms.StepForm) -> bool:
    try:
        corrections.correct(found, answers=form.values(), by=request.user, actors=actors, at=timezone.now())
    except StillWrong as wrong:
        form.add_error(None, wrong.sentences)
        return False
    except NotAllowed as refused:
        form.add_error(None, refused.reason)
        return False
    return True
