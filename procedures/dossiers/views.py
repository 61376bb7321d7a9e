"""A citizen's pages for a filed dossier: the list, the dossier, its papers, pay, withdraw."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from payments import ledger
from portal.accounts import access
from portal.accounts.access import CitizenRequest
from portal.documents import serving
from portal.documents.render import qr_svg as render_qr
from procedures.dossiers import dossiers, pages, paperwork, workflow
from procedures.dossiers.models import Dossier

PAGE = 20


def _find(request: CitizenRequest, code: str) -> Dossier:
    """The person's own dossier, or 404."""
    found = Dossier.objects.of_citizen(request.user).select_related(
        "agency", "return_agency", "handler", "person"
    )
    return get_object_or_404(found, code=code)


@access.citizen
@never_cache
@require_safe
def mine(request: CitizenRequest) -> HttpResponse:
    """My dossiers, newest first, and my unfinished drafts. `?ma=` goes straight to one by its code."""
    own = Dossier.objects.of_citizen(request.user)
    wanted = request.GET.get("ma", "").strip().upper()
    if wanted and own.filter(code=wanted).exists():
        return redirect("dossiers:dossier", wanted)
    before = pages.row_id(request.GET.get("truoc", ""))
    rows = own.filter(pk__lt=before) if before else own
    listed = list(rows.order_by("-id")[: PAGE + 1])
    page: dict[str, Any] = {
        "dossiers": listed[:PAGE],
        "older": listed[PAGE - 1].pk if len(listed) > PAGE else None,
        "drafts": pages.unfinished(request.user) if not before else [],
        "wanted": wanted,
    }
    return render(request, "dossiers/list.html", page, status=404 if wanted else 200)


@access.citizen
@never_cache
@require_safe
def dossier(request: CitizenRequest, code: str) -> HttpResponse:
    """Whose turn it is, the clock explained, what happened, the papers."""
    found = _find(request, code)
    return render(request, "dossiers/dossier.html", pages.dossier(found, now=timezone.now()))


@access.citizen
@cache_control(private=True, max_age=30 * 24 * 3600, immutable=True)
@require_safe
def qr(request: CitizenRequest, code: str) -> HttpResponse:
    """The code to show at the counter: the address of this dossier."""
    found = get_object_or_404(Dossier.objects.of_citizen(request.user).only("code"), code=code)
    return HttpResponse(render_qr(paperwork.track_url(found)), content_type="image/svg+xml")


@access.citizen
@require_safe
def pay(request: CitizenRequest, code: str) -> HttpResponse:
    """To the cash desk."""
    charge = ledger.for_reference(dossiers.reference(_find(request, code)))
    if charge is None:
        return redirect("dossiers:dossier", code)
    return redirect("payments:pay", charge.uuid)


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: CitizenRequest, code: str) -> HttpResponse:
    """Ask, then take the dossier back."""
    found = _find(request, code)
    if request.method == "POST":
        try:
            dossiers.withdraw(found, by=request.user, note=request.POST.get("note", ""), at=timezone.now())
        except workflow.NotAllowed as refused:
            messages.error(request, refused.reason)
        else:
            messages.success(request, _("You have withdrawn the dossier."))
        return redirect(found)
    refusal = workflow.refusal(
        dossiers.position(found), workflow.Action.WITHDRAW, frozenset({workflow.CITIZEN})
    )
    return render(request, "dossiers/withdraw.html", {"dossier": found, "refusal": refusal})


@access.citizen
@require_safe
def file(request: CitizenRequest, code: str, file_id: int) -> HttpResponse:
    """One paper of the dossier."""
    attached = get_object_or_404(_find(request, code).files.select_related("document"), pk=file_id)
    return serving.serve(request, attached.document)


@access.citizen
@require_safe
def form(request: CitizenRequest, code: str, kind: str) -> HttpResponse:
    """One form that the portal made for the dossier; 404 until a worker has made it."""
    made = get_object_or_404(_find(request, code).forms.select_related("document"), kind=kind)
    if made.document is None:
        raise Http404
    return serving.serve(request, made.document)
