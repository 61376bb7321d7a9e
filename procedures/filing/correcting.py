"""A citizen asks the office to correct a paper that it issued."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import access
from portal.accounts.access import CitizenRequest
from portal.documents.models import IssuedPaper
from procedures.dossiers import corrections
from procedures.dossiers.workflow import NotAllowed


@access.citizen
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: CitizenRequest, document_id: UUID) -> HttpResponse:
    """Say what is wrong; what follows is a dossier like any other. A stranger's paper is 404."""
    papers = IssuedPaper.objects.visible_to(request.user).select_related("document")
    paper = get_object_or_404(papers, document_id=document_id)
    now = timezone.now()
    error, status = corrections.refusal(paper, at=now), 200
    if request.method == "POST":
        try:
            dossier = corrections.ask(paper, by=request.user, reason=request.POST.get("reason", ""), at=now)
        except NotAllowed as refused:
            error, status = refused.reason, 422
        else:
            messages.success(request, _("Your request is with the office."))
            return redirect(dossier)
    page = {
        "paper": paper,
        "error": error,
        "refused": corrections.refusal(paper, at=now),
        "under_way": corrections.under_way(paper),
        "reason": request.POST.get("reason", ""),
        "longest": corrections.REASON,
    }
    return render(request, "filing/correction.html", page, status=status)
