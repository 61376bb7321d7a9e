"""The citizen's side: who asks, what was agreed to, who looked. A stranger's row is 404."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import access
from portal.documents import consents, serving
from portal.documents.models import Consent
from portal.sharing import paging, receipts, requests
from portal.sharing.models import Request

HOLDING, ENDED = "con-hieu-luc", "da-het"


@require_safe
@never_cache
@access.citizen
def mine(request: access.CitizenRequest) -> HttpResponse:
    """What waits for an answer, then every receipt, newest first; `?loc=` shows only those that hold, or do not."""
    now = timezone.now()
    wanted = request.GET.get("loc", "")
    rows = Consent.objects.visible_to(request.user).select_related("paper")
    if wanted == HOLDING:
        rows = rows.in_force(now)
    elif wanted == ENDED:
        rows = rows.exclude(pk__in=Consent.objects.in_force(now).filter(person=request.person).values("pk"))
    else:
        wanted = ""
    found, pages = paging.keyset(rows, request, loc=wanted)
    waiting = Request.objects.visible_to(request.user).waiting(now).select_related("client", "scope")
    context = {
        "receipts": [(consent, consent.state(now)) for consent in found],
        "waiting": list(waiting.order_by("expires_at")[:20]),
        "wanted": wanted,
    }
    return render(request, "sharing/mine.html", context | pages)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access.citizen
def decide(request: access.CitizenRequest, pk: UUID) -> HttpResponse:
    """Who asks for what, from which paper, and what it would be told; agree for a time, or refuse."""
    rows = Request.objects.visible_to(request.user)
    asked = get_object_or_404(rows.select_related("client", "client__agency", "scope", "consent"), pk=pk)
    if request.method == "POST":
        return _decided(request, asked)
    return _page(request, asked)


def _page(request: access.CitizenRequest, asked: Request, *, error: str = "") -> HttpResponse:
    now = timezone.now()
    waits = asked.is_waiting(now)
    context = {
        "asked": asked,
        "waits": waits,
        "offers": requests.offers(asked, request.person, at=now) if waits else [],
        "terms": requests.terms(asked, at=now),
        "errors": [("agree", error)] if error else [],
        "error": error,
        "chosen": {"paper": request.POST.get("paper"), "term": request.POST.get("term")},
    }
    return render(request, "sharing/request.html", context, status=422 if error else 200)


def _decided(request: access.CitizenRequest, asked: Request) -> HttpResponse:
    now = timezone.now()
    try:
        if request.POST.get("act") == "refuse":
            requests.refuse(asked, at=now)
            messages.success(request, _("Refused. The agency is told nothing, not even that you refused."))
            return redirect("sharing:mine")
        terms = dict(requests.terms(asked, at=now))
        papers = {str(o.paper.pk): o.paper for o in requests.offers(asked, request.person, at=now)}
        paper, term = papers.get(request.POST.get("paper", "")), request.POST.get("term", "")
        if paper is None or term not in terms:
            return _page(request, asked, error=_("Choose for how long you agree, or refuse."))
        language = get_language() or "vi"
        given = requests.agree(asked, paper, until=terms[term], language=language, by=request.user, at=now)
    except requests.NotWaiting:
        messages.error(request, _("This request has been answered, or its time is over."))
        return redirect("sharing:mine")
    messages.success(request, _("You agreed. This is your receipt."))
    return redirect(given)


def _receipt(request: access.CitizenRequest, number: str) -> Consent:
    rows = Consent.objects.visible_to(request.user).select_related("paper__document", "agency", "person")
    return get_object_or_404(rows, number=number)


@require_safe
@never_cache
@access.citizen
def receipt(request: access.CitizenRequest, number: str) -> HttpResponse:
    """One receipt with every use made of it."""
    consent = _receipt(request, number)
    rows, pages = paging.keyset(consent.uses.all(), request)
    state = consent.state(timezone.now())
    return render(request, "sharing/receipt.html", {"consent": consent, "state": state, "uses": rows} | pages)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access.citizen
def withdraw(request: access.CitizenRequest, number: str) -> HttpResponse:
    """What withdrawing does and cannot undo; then the withdrawal itself."""
    consent = _receipt(request, number)
    if request.method != "POST":
        if consent.state(timezone.now()) != "holds":
            return redirect(consent)
        return render(request, "sharing/withdraw.html", {"consent": consent})
    try:
        consents.withdraw(consent, at=timezone.now())
    except consents.NotInForce:
        messages.error(request, _("This consent held no more: there was nothing to withdraw."))
    else:
        messages.success(request, _("Withdrawn. From now on nothing is read by this consent."))
    return redirect(consent)


@require_safe
@access.citizen
def receipt_file(request: access.CitizenRequest, number: str, form: str) -> HttpResponse:
    """The receipt to keep: `pdf` for people, `json` for programs."""
    consent = _receipt(request, number)
    name = f"dong-y-{consent.number}.{form}"
    if form == "pdf":
        return serving.respond(receipts.pdf(consent), name=name, content_type="application/pdf", shown=False)
    response = JsonResponse(receipts.as_json(consent), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
