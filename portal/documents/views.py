"""The personal store: a citizen's own papers, who looked at them and why, and the files themselves.

A stranger's paper is 404. Officers read a dossier's papers at the counter, where their look is logged.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import access
from portal.documents import authorisations, papers, serving, shelf
from portal.documents.models import Document, IssuedPaper

log = logging.getLogger(__name__)

DOWNLOADED = {"vi": "Tải về", "en": "Download"}
SEEN = {"vi": "Xem tệp", "en": "Viewing the file"}


@require_safe
@never_cache
@access.citizen
def mine(request: access.CitizenRequest) -> HttpResponse:
    wanted = request.GET.get("loc", shelf.ALL)
    page = shelf.page(request.person, wanted=wanted, at=timezone.now())
    return render(request, "documents/mine.html", {"page": page, "wanted": wanted})


@require_safe
@never_cache
@access.citizen
def paper(request: access.CitizenRequest, document_id: UUID) -> HttpResponse:
    mine = IssuedPaper.objects.visible_to(request.user)
    issued = get_object_or_404(
        mine.select_related("document", "replaced_by__document"), document_id=document_id
    )
    before = request.GET.get("truoc", "")
    rows, older = shelf.looks(issued, before=int(before) if before.isdecimal() and len(before) < 19 else None)
    context = {
        "card": shelf.card(issued, at=timezone.now()),
        "paper": issued,
        "looks": rows,
        "checked": shelf.checked(issued),
        "older": f"?truoc={older}" if older else "",
        "newer": request.path if before else "",
        "check_url": settings.PUBLIC_URL + reverse("documents:check_code", args=[issued.check_code]),
    }
    return render(request, "documents/paper.html", context)


@require_safe
@never_cache
@access.citizen
def download(request: access.CitizenRequest, document_id: UUID) -> HttpResponseBase:
    """The file itself, `?xem=1` to look at it in the browser. Each time is written down beside the paper."""
    document = get_object_or_404(
        Document.objects.visible_to(request.user).select_related("paper"), pk=document_id
    )
    newest = papers.newest(document.paper) if hasattr(document, "paper") else document
    response = serving.serve(request, newest)
    if request.method == "GET" and response.status_code == 200 and hasattr(document, "paper"):
        papers.use(
            document.paper,
            by=request.user,
            by_name=request.user.full_name,
            purpose=SEEN if serving.is_shown(request, document) else DOWNLOADED,
            at=timezone.now(),
        )
    return response


@csrf_exempt
@require_POST
def authorised(request: HttpRequest) -> HttpResponse:
    """A provider of remote signatures says that an owner has answered. What is not signed by it is 400."""
    try:
        authorisations.heard(request.body, request.headers.get("X-Signature", ""), at=timezone.now())
    except authorisations.BadCall as reason:
        log.warning("a call of the signature provider was refused: %s", reason)
        return HttpResponseBadRequest()
    return HttpResponse()
