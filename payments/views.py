"""The payer's two pages, and the provider's door bell."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from payments import ledger, outcomes, providers, reconciliation
from payments.models import Charge
from payments.providers import BadCallback, ProviderDown, ProviderRefused
from portal.accounts import access
from portal.accounts.access import SignedInRequest

logger = logging.getLogger(__name__)

PROVIDER = "stripe"
RETRY_AFTER = timedelta(minutes=1)


@access.signed_in
@never_cache
def pay(request: SignedInRequest, charge: UUID) -> HttpResponse:
    """What is to be paid; POST starts the payment and goes to the provider's page."""
    found = _charge(request, charge)
    if not found.is_payable:
        return redirect("payments:back", found.uuid)
    if request.method == "POST":
        return _start(request, found)
    return render(request, "payments/pay.html", _page(found))


def _start(request: SignedInRequest, charge: Charge) -> HttpResponse:
    try:
        payment = ledger.start(charge, provider=PROVIDER, by=request.user, at=timezone.now())
    except ledger.NotPayable:
        return redirect("payments:back", charge.uuid)
    except ProviderDown as down:
        logger.warning("Charge %s: the payment server is down (%s)", charge.pk, down)
        return _unavailable(request, charge, "down")
    except ProviderRefused as refusal:
        logger.error("Charge %s: the payment server refuses it (%s)", charge.pk, refusal.code)
        return _unavailable(request, charge, "refused")
    return redirect(payment.url)


def _unavailable(request: HttpRequest, charge: Charge, trouble: str) -> HttpResponse:
    response = render(request, "payments/pay.html", _page(charge) | {"trouble": trouble}, status=503)
    response["Retry-After"] = str(int(RETRY_AFTER.total_seconds()))
    return response


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


def _charge(request: SignedInRequest, uuid: UUID) -> Charge:
    return get_object_or_404(Charge.objects.visible_to(request.user), uuid=uuid)


def _page(charge: Charge) -> dict[str, object]:
    return {"charge": charge, "lines": charge.lines.order_by("id")}


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """A signed message goes into the inbox and is answered at once; all else is 400, and leaves no row."""
    now = timezone.now()
    try:
        notice = providers.get(provider).parse_callback(request.body, request.headers, at=now)
    except BadCallback as reason:
        logger.warning("A callback of %s was refused: %s", provider, reason)
        return HttpResponseBadRequest()
    reconciliation.record(provider, notice, at=now)
    return HttpResponse()
