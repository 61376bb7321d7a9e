"""The payer's two pages, and the provider's door bell."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from payments import ledger, outcomes, providers, reconciliation, slips
from payments.models import Charge
from payments.providers import BadCallback, ProviderDown, ProviderRefused, Reply, UnknownProvider
from portal.accounts import access
from portal.accounts.access import SignedInRequest
from portal.documents import serving
from portal.documents.render import qr as render_qr

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)


@access.signed_in
@never_cache
def pay(request: SignedInRequest, charge: UUID) -> HttpResponse:
    """What is to be paid, and the ways to pay it; POST starts one (`way`) and goes to the provider's page.

    The way `slip` is a transfer too, whose code goes to paper.
    """
    found = _charge(request, charge)
    if not found.is_payable:
        return redirect("payments:back", found.uuid)
    if request.method == "POST":
        return _start(request, found)
    return render(request, "payments/pay.html", _page(found))


def _start(request: SignedInRequest, charge: Charge) -> HttpResponse:
    ways = [key for key, _way in providers.offered(charge)]
    way = wanted = request.POST.get("way") or next(iter(ways), "")
    if wanted == "slip":
        if slips.WAY not in ways:
            return redirect("payments:slip", charge.uuid)
        way = slips.WAY
    if way not in ways:
        return _unavailable(request, charge, "refused")
    try:
        payment = ledger.start(charge, provider=way, by=request.user, at=timezone.now())
    except ledger.NotPayable:
        return redirect("payments:back", charge.uuid)
    except ProviderDown as down:
        logger.warning("Charge %s: the payment server is down (%s)", charge.pk, down)
        return _unavailable(request, charge, "down")
    except ProviderRefused as refusal:
        logger.error("Charge %s: the payment server refuses it (%s)", charge.pk, refusal.code)
        return _unavailable(request, charge, "refused")
    return redirect("payments:slip", charge.uuid) if wanted == "slip" else redirect(payment.url)


def _unavailable(request: HttpRequest, charge: Charge, trouble: str) -> HttpResponse:
    response = render(request, "payments/pay.html", _page(charge) | {"trouble": trouble}, status=503)
    response["Retry-After"] = str(int(RETRY_AFTER.total_seconds()))
    return response


@access.signed_in
@never_cache
@require_safe
def transfer(request: SignedInRequest, charge: UUID) -> HttpResponse:
    """The QR code and the facts of a transfer, which waits for its money and goes on by itself when it is there."""
    found = _charge(request, charge)
    active = slips.attempt(found)
    if active is None:
        return _onwards(request, reverse("payments:back", args=[found.uuid]))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    page = {"charge": found, "payment": active, "facts": active.parameters}
    return render(request, "payments/transfer.html", page | {"qr": render_qr(active.parameters["text"])})


def _onwards(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)


@access.signed_in
@never_cache
@require_safe
def slip(request: SignedInRequest, charge: UUID) -> HttpResponse:
    """The slip with everything that somebody needs who pays for the payer, or at the counter."""
    found = _charge(request, charge)
    if found.agency is None or not found.is_payable:
        return redirect("payments:back", found.uuid)
    content = slips.pdf(found, at=timezone.now())
    return serving.respond(content, name=slips.name(found), content_type="application/pdf", shown=False)


@access.signed_in
@never_cache
@require_safe
def back(request: SignedInRequest, charge: UUID) -> HttpResponse:
    """Where the provider sends the payer. Coming here proves nothing, so the provider is asked."""
    found = _charge(request, charge)
    outcome = outcomes.find(found, at=timezone.now())
    status = 503 if outcome.kind == "unknown" else 200
    return render(
        request, "payments/back.html", {"charge": outcome.charge, "outcome": outcome}, status=status
    )


@access.signed_in
@require_safe
def receipt(request: SignedInRequest, charge: UUID, number: int) -> HttpResponse:
    """The signed receipt; 404 until a worker has made it."""
    found = get_object_or_404(_charge(request, charge).receipts.select_related("document"), number=number)
    if found.document is None:
        raise Http404
    return serving.serve(request, found.document)


def _charge(request: SignedInRequest, uuid: UUID) -> Charge:
    return get_object_or_404(Charge.objects.visible_to(request.user).select_related("agency"), uuid=uuid)


def _page(charge: Charge) -> dict[str, object]:
    ways = [{"key": key, "name": way.name, "hint": way.hint} for key, way in providers.offered(charge)]
    return {"charge": charge, "lines": charge.lines.order_by("id"), "ways": ways}


@csrf_exempt
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """A signed message goes into the inbox and is answered at once; all else leaves no row."""
    now = timezone.now()
    try:
        desk = providers.get(provider)
    except UnknownProvider as unknown:
        raise Http404 from unknown
    if request.method != desk.callback_method:
        return HttpResponseNotAllowed([desk.callback_method])
    body = request.body if request.method == "POST" else request.META["QUERY_STRING"].encode()
    try:
        notice = desk.parse_callback(body, request.headers, at=now)
    except BadCallback as reason:
        logger.warning("A callback of %s was refused: %s", provider, reason)
        return _said(desk.reply(None, lambda: None))
    said = desk.reply(notice, partial(reconciliation.find, provider, notice.object_id, notice.reference))
    reconciliation.record(provider, notice, at=now)
    return _said(said)


def _said(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
